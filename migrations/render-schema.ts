import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'

const header =
  '-- Generated from the migrated database by `npm run generate`: do not edit. A migration changes the schema.\n'

/** The schema as it is after every migration, as SQL to be read and compared: tables, indexes, triggers, policies, grants. */
export const renderSchema = (db: Kysely<unknown>, schema: string): Promise<string> =>
  db.transaction().execute(async (trx) => {
    // With an empty search path PostgreSQL writes every name with its schema.
    await sql`SELECT set_config('search_path', '', true)`.execute(trx)
    const parts = [
      ...(schema === 'common' ? await renderRoles(trx) : []),
      ...(await linesOf(trx, schemaGrants(schema))),
      ...(await linesOf(trx, defaultPrivileges(schema))),
      ...(await linesOf(trx, functions(schema))),
      ...(await renderTables(trx, schema)),
    ]
    return `${header}\n${parts.join('\n\n')}\n`
  })

const linesOf = async (trx: Transaction<unknown>, query: RawBuilder<{ line: string }>): Promise<string[]> => {
  const { rows } = await query.execute(trx)
  return rows.length === 0 ? [] : [rows.map((row) => row.line).join('\n')]
}

const renderRoles = (trx: Transaction<unknown>): Promise<string[]> =>
  linesOf(
    trx,
    sql`
      SELECT concat_ws(' ', 'ROLE', rolname,
          CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolsuper THEN 'SUPERUSER' END,
          CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
          CASE WHEN rolbypassrls THEN 'BYPASSRLS' END) ||
        coalesce((SELECT string_agg(E'\n  SET ' || setting, '' ORDER BY setting) FROM unnest(rolconfig) AS setting), '') ||
        ';' AS line
      FROM pg_catalog.pg_roles WHERE rolname LIKE '%\_svc\_user' ORDER BY rolname`,
  )

const schemaGrants = (schema: string): RawBuilder<{ line: string }> => sql`
  SELECT format('CREATE SCHEMA %I;', n.nspname) || coalesce(string_agg(
    format(E'\nGRANT %s ON SCHEMA %I TO %I;', g.privilege_type, n.nspname, r.rolname), '' ORDER BY r.rolname), '') AS line
  FROM pg_catalog.pg_namespace n
  LEFT JOIN LATERAL pg_catalog.aclexplode(n.nspacl) g ON g.grantee <> n.nspowner
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee
  WHERE n.nspname = ${schema} GROUP BY n.nspname`

const defaultPrivileges = (schema: string): RawBuilder<{ line: string }> => sql`
  SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT %s ON %s TO %I;', n.nspname,
    string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
    CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END,
    r.rolname) AS line
  FROM pg_catalog.pg_default_acl d
  JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
  CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) g
  JOIN pg_catalog.pg_roles r ON r.oid = g.grantee
  WHERE n.nspname = ${schema} GROUP BY n.nspname, d.defaclobjtype, r.rolname ORDER BY d.defaclobjtype, r.rolname`

const functions = (schema: string): RawBuilder<{ line: string }> => sql`
  SELECT rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\n') || ';' AS line
  FROM pg_catalog.pg_proc p WHERE p.pronamespace = ${schema}::regnamespace ORDER BY p.proname`

interface Table {
  readonly oid: number
  readonly name: string
  readonly options: string | null
  readonly secured: boolean
  readonly forced: boolean
}

const renderTables = async (trx: Transaction<unknown>, schema: string): Promise<string[]> => {
  const { rows } = await sql<Table>`
    SELECT c.oid::int4 AS oid, c.oid::regclass::text AS name, array_to_string(c.reloptions, ', ') AS options,
      c.relrowsecurity AS secured, c.relforcerowsecurity AS forced
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace = ${schema}::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`.execute(trx)
  const tables: string[] = []
  for (const table of rows) tables.push(await renderTable(trx, table))
  return tables
}

const renderTable = async (trx: Transaction<unknown>, table: Table): Promise<string> => {
  const body = await linesOf(trx, columnsAndConstraints(table))
  const after = await linesOf(trx, indexesTriggersPoliciesGrants(table))
  const security = [
    ...(table.secured ? [`ALTER TABLE ${table.name} ENABLE ROW LEVEL SECURITY;`] : []),
    ...(table.forced ? [`ALTER TABLE ${table.name} FORCE ROW LEVEL SECURITY;`] : []),
  ]
  const options = table.options ? ` WITH (${table.options})` : ''
  const create = `CREATE TABLE ${table.name} (\n${body.join('').replace(/,$/, '')}\n)${options};`
  return [create, ...after, ...security].join('\n')
}

const columnsAndConstraints = ({ oid }: Table): RawBuilder<{ line: string }> => sql`
  SELECT line FROM (
    SELECT 1 AS part, a.attnum::text AS name, a.attnum AS position, '  ' || concat_ws(' ', quote_ident(a.attname),
      pg_catalog.format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || quote_ident(l.collname) END,
      CASE WHEN a.attnotnull THEN 'NOT NULL' END,
      CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END,
      CASE a.attgenerated WHEN 's' THEN 'GENERATED ALWAYS AS (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') STORED'
        ELSE 'DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) END) || ',' AS line
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 2, k.conname, 0, format('  CONSTRAINT %I %s,', k.conname, pg_catalog.pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = ${oid} AND k.contype <> 'n'
  ) AS lines ORDER BY part, position, name COLLATE "C"`

const indexesTriggersPoliciesGrants = ({ oid, name }: Table): RawBuilder<{ line: string }> => sql`
  SELECT line FROM (
    SELECT 1 AS part, pg_catalog.pg_get_indexdef(i.indexrelid) || ';' AS line
    FROM pg_catalog.pg_index i
    WHERE i.indrelid = ${oid} AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
    UNION ALL
    SELECT 2, pg_catalog.pg_get_triggerdef(t.oid) || ';'
    FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ${oid} AND NOT t.tgisinternal
    UNION ALL
    SELECT 3, format('CREATE POLICY %I ON %s%s%s%s%s;', p.polname, ${name}::text,
      CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' END,
      ' TO ' || (SELECT string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname)
        FROM pg_catalog.pg_roles r WHERE r.oid = ANY (p.polroles)),
      ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
      ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')
    FROM pg_catalog.pg_policy p WHERE p.polrelid = ${oid}
    UNION ALL
    SELECT 4, format('GRANT %s ON %s TO %I;', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), ${name}::text, r.rolname)
    FROM pg_catalog.pg_class c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) g
    JOIN pg_catalog.pg_roles r ON r.oid = g.grantee
    WHERE c.oid = ${oid} AND g.grantee <> c.relowner GROUP BY r.rolname
  ) AS lines ORDER BY part, line COLLATE "C"`
