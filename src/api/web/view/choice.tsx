/** One of a few names, side by side. */

interface ChoiceProps<Name extends string> {
  /** Groups its buttons; unique on the page. */
  readonly group: string;
  readonly label: string;
  readonly names: readonly Name[];
  readonly texts: Readonly<Record<Name, string>>;
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
}

/** Buttons of which one is pressed. */
export function Choice<Name extends string>(props: ChoiceProps<Name>) {
  const { group, label, names, texts, chosen, onChoose } = props;
  return (
    <fieldset class="choice" aria-label={label}>
      {names.map((name) => (
        <label key={name}>
          <input
            type="radio"
            name={group}
            checked={name === chosen}
            onChange={() => onChoose(name)}
          />
          <span>{texts[name]}</span>
        </label>
      ))}
    </fieldset>
  );
}
