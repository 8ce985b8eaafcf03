/** How a command ends: with its status, or with a sentence instead of a stack. */
import { isAppError } from '#core/errors.ts';
import { SettingsError } from '#server/settings.ts';

/** Sets the exit status: what the command says; 2 for bad settings, 1 for anything else that went wrong. */
export const endWith = async (command: () => Promise<number>): Promise<void> => {
  try {
    process.exitCode = await command();
  } catch (error) {
    const forPeople = error instanceof SettingsError || isAppError(error) || 'code' in (error as object);
    process.stderr.write(
      `latchkey: ${forPeople ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`,
    );
    process.exitCode = error instanceof SettingsError ? 2 : 1;
  }
};
