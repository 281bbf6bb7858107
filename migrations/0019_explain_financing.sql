-- The column is there for a broker that books interest by the day; Interactive Brokers books it by
-- the month, apart from the daily P&L that is attributed, and what readers find is 0.

comment on column attributions.financing is
  'Always 0: interest and borrow fees are booked by the month, apart from this P&L.';
comment on column attribution_days.financing is
  'Always 0: interest and borrow fees are booked by the month, apart from this P&L.';
comment on column shadow_days.financing is
  'Always 0: interest and borrow fees are booked by the month, apart from this P&L.';
