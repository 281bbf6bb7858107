/** A bar in a table: how large a number is beside its neighbours, from the middle where signs mix. */

interface BarProps {
  readonly value: number;
  /** The largest amount of the column, without its sign. */
  readonly most: number;
  readonly tone?: 'win' | 'loss' | '';
}

const WIDTH = 120;
const HEIGHT = 9;

export function Bar({ value, most, tone = '' }: BarProps) {
  const length = most === 0 ? 0 : (Math.abs(value) / most) * WIDTH;
  return (
    <svg class="bar-row" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <rect
        class={tone}
        x={0}
        y={0}
        width={Math.max(length, value === 0 ? 0 : 1)}
        height={HEIGHT}
      />
    </svg>
  );
}
