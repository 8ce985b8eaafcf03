/**
 * Parameters that decide about what runs. Pipelines of nf-core load configuration, and with it code, from the address in
 * `custom_config_base`: whoever is held to a pipeline as it was saved does not choose it.
 */

const names = ['custom_config_base', 'custom_config_version'];

/** Two texts with the same result steer alike. */
export const steeringParams = (paramsText = ''): string => {
  try {
    const parsed: unknown = JSON.parse(paramsText);
    if (typeof parsed === 'object' && parsed !== null)
      return JSON.stringify(names.map((name) => (parsed as Record<string, unknown>)[name] ?? null));
  } catch {
    // YAML, or nothing.
  }
  // YAML can spell a name with escapes; what is written so counts whole.
  return /custom_config|\\/.test(paramsText) ? paramsText.trim() : JSON.stringify(names.map(() => null));
};
