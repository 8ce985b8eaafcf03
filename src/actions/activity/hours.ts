/** Use is counted by the hour. */
export const hourMs = 60 * 60_000;
/** Beside the present hour: the day that is shown is never shorter than a day. */
export const shownHours = 24;
