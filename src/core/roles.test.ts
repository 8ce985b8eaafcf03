/** The roles of wire-facts, as people were promised them. */
import { describe, expect, test } from 'vitest';
import { permissionsOf, type WorkspacePermission, workspaceRoles } from './roles.ts';

const holders = (permission: WorkspacePermission) =>
  workspaceRoles.filter((role) => permissionsOf(role).has(permission));

describe('workspace roles', () => {
  test('launching, saved and unsaved', () => {
    expect(holders('workflow:execute')).toEqual(['owner', 'admin', 'maintain', 'launch']);
    expect(holders('workflow_quick:execute')).toEqual(['owner', 'admin', 'maintain']);
  });

  test('keys, environments and people are changed by owner and admin, read by all six', () => {
    for (const permission of [
      'credentials:write',
      'credentials:delete',
      'compute_environment:write',
      'compute_environment:delete',
      'workspace:write',
      'workspace:admin',
    ] as const)
      expect(holders(permission)).toEqual(['owner', 'admin']);
    for (const permission of ['credentials:read', 'compute_environment:read', 'workflow:read'] as const)
      expect(holders(permission)).toEqual(workspaceRoles);
  });

  test('view and connect read, leave, and change nothing', () => {
    for (const role of ['view', 'connect'] as const)
      expect([...permissionsOf(role)].filter((permission) => !permission.endsWith(':read'))).toEqual([
        'workspace_self:delete',
      ]);
  });

  test('each role allows whatever the ones below it do, and only the owner everything', () => {
    for (const [above, role] of workspaceRoles.slice(1).entries()) {
      const higher = permissionsOf(workspaceRoles[above]!);
      expect([...permissionsOf(role)].filter((permission) => !higher.has(permission))).toEqual([]);
    }
    expect(holders('workspace:delete')).toEqual(['owner']);
  });
});
