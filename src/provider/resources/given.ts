/** Bodies of requests from attributes that may not be written. */

/** Without what is undefined: the contract wants a field absent, not empty. */
export const given = <Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined | null> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined | null>;
  };
