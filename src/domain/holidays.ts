/**
 * When the New York Stock Exchange is closed or closes early, by its Rule 7.2 and by the table of
 * closings that no rule foresees. Pure dates; the clock times stand in `calendar.ts`.
 *
 * Sources: nyse.com/markets/hours-calendars and the exchange's yearly announcements; the list of
 * special closings it publishes. Halts within a session (storms, circuit breakers) are not here.
 */

/** A civil date; `month` counts from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Rules before this year (2 p.m. half days, other holidays) are not modelled. */
export const FIRST_YEAR = 1993;

export type DayKind = 'full' | 'half' | 'closed';

/** Days of mourning, attacks and storms: closed although the rules say open. */
const SPECIAL_CLOSINGS: ReadonlySet<string> = new Set([
  '1994-4-27', // funeral of President Nixon
  '2001-9-11', // attacks
  '2001-9-12',
  '2001-9-13',
  '2001-9-14',
  '2004-6-11', // funeral of President Reagan
  '2007-1-2', // funeral of President Ford
  '2012-10-29', // hurricane Sandy
  '2012-10-30',
  '2018-12-5', // funeral of President G. H. W. Bush
  '2025-1-9', // funeral of President Carter
]);

/** Half days that no rule gives. */
const SPECIAL_HALF_DAYS: ReadonlySet<string> = new Set(['1997-12-26', '1999-12-31', '2003-12-26']);

const DAY_MS = 86_400_000;
const SUNDAY = 0;
const MONDAY = 1;
const THURSDAY = 4;
const FRIDAY = 5;
const SATURDAY = 6;

/** Whether the exchange trades all day, until 1 p.m., or not at all. */
export function dayKind(date: CivilDate): DayKind {
  const weekday = weekdayOf(date);
  if (weekday === SATURDAY || weekday === SUNDAY) return 'closed';
  if (isHoliday(date, weekday)) return 'closed';
  const name = `${date.year}-${date.month}-${date.day}`;
  if (SPECIAL_CLOSINGS.has(name)) return 'closed';
  return SPECIAL_HALF_DAYS.has(name) || isHalfDay(date, weekday) ? 'half' : 'full';
}

/** 0 is Sunday, as in `Date`. */
function weekdayOf({ year, month, day }: CivilDate): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

function isHoliday(date: CivilDate, weekday: number): boolean {
  const { year, month, day } = date;
  switch (month) {
    case 1:
      return isNewYear(day, weekday) || (year >= 1998 && isNth(3, MONDAY, day, weekday));
    case 2:
      return isNth(3, MONDAY, day, weekday);
    case 3:
    case 4:
      return isGoodFriday(date, weekday);
    case 5:
      return weekday === MONDAY && day > 24;
    case 6:
      return year >= 2022 && isObserved(19, day, weekday);
    case 7:
      return isObserved(4, day, weekday);
    case 9:
      return isNth(1, MONDAY, day, weekday);
    case 11:
      return isNth(4, THURSDAY, day, weekday);
    case 12:
      return isObserved(25, day, weekday);
    default:
      return false;
  }
}

/** On a Saturday it is not observed: the Friday before ends the accounting year (Rule 7.2). */
function isNewYear(day: number, weekday: number): boolean {
  return day === 1 || (day === 2 && weekday === MONDAY);
}

function isNth(n: number, wanted: number, day: number, weekday: number): boolean {
  return weekday === wanted && Math.ceil(day / 7) === n;
}

/** On a Saturday the Friday before, on a Sunday the Monday after. */
function isObserved(holiday: number, day: number, weekday: number): boolean {
  return (
    day === holiday ||
    (day === holiday - 1 && weekday === FRIDAY) ||
    (day === holiday + 1 && weekday === MONDAY)
  );
}

/** Two days before Easter, which J.-M. Oudin's Gregorian algorithm (1940) gives. */
function isGoodFriday({ year, month, day }: CivilDate, weekday: number): boolean {
  if (weekday !== FRIDAY) return false;
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const solar = century - Math.floor(century / 4) - Math.floor((8 * century + 13) / 25);
  const epact = (solar + 19 * golden + 15) % 30;
  const late = Math.floor(epact / 28);
  const moon =
    epact - late * (1 - late * Math.floor(29 / (epact + 1)) * Math.floor((21 - golden) / 11));
  const leap = year + Math.floor(year / 4) + moon + 2 - century + Math.floor(century / 4);
  const offset = moon - (leap % 7);
  const easterMonth = 3 + Math.floor((offset + 40) / 44);
  const easterDay = offset + 28 - 31 * Math.floor(easterMonth / 4);
  const easter = Date.UTC(year, easterMonth - 1, easterDay);
  return Date.UTC(year, month - 1, day) === easter - 2 * DAY_MS;
}

/** Asked only of days that are no holiday. */
function isHalfDay({ year, month, day }: CivilDate, weekday: number): boolean {
  if (month === 11) return weekday === FRIDAY && day >= 23 && day <= 29;
  if (month === 12) return day === 24;
  if (month !== 7 || year < 1995) return false;
  // The eve of July 4; when that was a Wednesday before 2013, the Friday after it instead.
  const eveOfThursday = weekday === 3;
  if (day === 3) return weekday !== FRIDAY && (!eveOfThursday || year >= 2013);
  return day === 5 && weekday === FRIDAY && year < 2013;
}
