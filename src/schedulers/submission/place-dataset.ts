/** Writing a run's datasets beside it, piece by piece, before its submission. Safe to send again at any point. */
import type { RunDataset } from '#core/datasets.ts';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText, DatasetPiece, PlacedPiece } from '#core/ports/scheduler.ts';
import type { Run } from '#core/runs.ts';
import { answerFields, complaint, farSide } from '../far-side/far-side.ts';

const script = `${['far-side/answer', 'far-side/paths', 'submission/directories', 'submission/dataset'].map(farSide).join('')}lk_dataset "$@"\n`;

export const placeDataset = (
  { id, sessionId, snapshot }: Pick<Run, 'id' | 'sessionId' | 'snapshot'>,
  { path, sha256 }: Pick<RunDataset, 'path' | 'sha256'>,
  { content, part, last }: DatasetPiece,
): CommandText => ({
  argv: [
    ...['sh', '-c', script, 'latchkey'],
    ...[id, snapshot.linuxUser, snapshot.config.workDir ?? snapshot.workDir, snapshot.workDir],
    ...[snapshot.launchDir, sessionId, path, sha256, String(part), String(last)],
  ],
  stdin: content,
  timeoutMs: 120_000,
  maxOutputBytes: 65_536,
});

/** Anything that is not a whole answer is "unknown": the piece is sent again. */
export const parsePlaced = (result: RemoteResult): PlacedPiece => {
  const { outcome, reason = '', placed, head, work } = answerFields(result) ?? {};
  const left = placed && head && work ? { left: { headDir: head, workDir: work } } : {};
  if (outcome === 'placed' || outcome === 'more') return { kind: outcome, ...left };
  if (outcome === 'refused' || outcome === 'unknown') return { kind: outcome, reason, ...left };
  return { kind: 'unknown', reason: `The dataset gave no usable answer: ${complaint(result)}` };
};
