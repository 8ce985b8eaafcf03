/** Moved to test/support/databases.ts; stays until the last import by this name is gone. */
export * from '../../test/support/databases.ts';
