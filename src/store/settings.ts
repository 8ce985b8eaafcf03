/** Small facts about the installation itself. */
import type { SettingStore } from '#core/ports/store.ts';
import type { Db } from './tables.ts';

export const createSettingStore = (db: Db): SettingStore => ({
  get: async (name) => {
    const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
    return row?.value;
  },

  set: async (name, value) => {
    await db
      .insertInto('settings')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  },
});
