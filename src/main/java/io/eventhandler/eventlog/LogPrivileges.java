package io.eventhandler.eventlog;

import static org.jooq.impl.DSL.val;

import io.eventhandler.postgres.Schema;
import io.eventhandler.postgres.jooq.DefaultSchema;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Named;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * What a role may do with the log in its schema, which is the first of its search path, as the catalogs tell anybody.
 * Immutable.
 *
 * @param role its name, quoted as SQL wants it
 * @param schema where the log is, or would be made; quoted
 * @param owner whose the log is, quoted; null while there is none
 * @param mayUse whether the role sees the schema
 * @param mayCreate whether the role can make a log there, or, when there is one, whether the log's owner can extend it
 * @param isOwner whether the role can do what the log's owner can
 * @param missing each thing of the log that the role may not read or call
 * @param grants what gives them to it, each a statement
 */
public record LogPrivileges(
        String role,
        String schema,
        @Nullable String owner,
        boolean mayUse,
        boolean mayCreate,
        boolean isOwner,
        List<String> missing,
        List<String> grants) {

    private static final String PLACE = """
            SELECT n.oid::bigint AS id, quote_ident(n.nspname) AS schema, quote_ident(current_user) AS role,
                   log.relowner::bigint AS owner_id, quote_ident(pg_get_userbyid(log.relowner)) AS owner,
                   has_schema_privilege(n.oid, 'USAGE') AS may_use,
                   has_schema_privilege(coalesce(log.relowner, to_regrole(quote_ident(current_user))), n.oid, 'CREATE') AS may_create,
                   coalesce(pg_has_role(log.relowner, 'USAGE'), false) AS is_owner
            FROM unnest(string_to_array(current_setting('search_path'), ',')) WITH ORDINALITY AS path (entry, place)
            JOIN pg_namespace n ON quote_ident(n.nspname) =
                CASE trim(entry) WHEN '"$user"' THEN quote_ident(current_user) ELSE trim(entry) END
            LEFT JOIN pg_class log ON log.relnamespace = n.oid AND log.relname = 'events'
                AND EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = {0})
            ORDER BY place LIMIT 1""";

    private static final String MISSING = """
            SELECT c.relname::text AS thing, CASE c.relkind WHEN 'S' THEN 'SELECT ON ALL SEQUENCES' ELSE 'SELECT ON ALL TABLES' END || ' IN SCHEMA ' || {3} AS privilege
            FROM pg_class c
            WHERE c.relnamespace = {0} AND c.relname = ANY ({1})
              AND NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END
            UNION
            SELECT c.relname::text, 'INSERT ON ' || {3} || '.log_records'
            FROM pg_class c
            WHERE c.relnamespace = {0} AND c.relname = 'log_records' AND NOT has_table_privilege(c.oid, 'INSERT')
            UNION
            SELECT c.relname::text, 'USAGE ON SEQUENCE ' || {3} || '.log_records_number'
            FROM pg_class c
            WHERE c.relnamespace = {0} AND c.relname = 'log_records_number' AND NOT has_sequence_privilege(c.oid, 'USAGE')
            UNION
            SELECT p.proname::text, 'EXECUTE ON ALL FUNCTIONS IN SCHEMA ' || {3}
            FROM pg_proc p
            WHERE p.pronamespace = {0} AND p.proowner = {2} AND p.prokind = 'f' AND NOT has_function_privilege(p.oid, 'EXECUTE')
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
            ORDER BY 1""";

    /** Asks the database. Null when the search path has no schema. */
    public static @Nullable LogPrivileges read(DSLContext sql) {
        Record place = sql.fetchOptional(PLACE, val(Schema.HISTORY)).orElse(null);
        if (place == null) {
            return null;
        }
        String role = place.get("role", String.class);
        String schema = place.get("schema", String.class);
        boolean mayUse = place.get("may_use", boolean.class);
        String owner = place.get("owner", String.class);
        List<String> missing = new ArrayList<>();
        Set<String> grants = new LinkedHashSet<>();
        if (!mayUse) {
            grants.add("GRANT USAGE ON SCHEMA %s TO %s".formatted(schema, role));
        }
        if (owner != null) {
            sql.fetch(MISSING, val(place.get("id")), val(relations()), val(place.get("owner_id")), val(schema))
                    .forEach(lacking -> {
                        missing.add(lacking.get("thing", String.class));
                        grants.add("GRANT %s TO %s".formatted(lacking.get("privilege", String.class), role));
                    });
        }
        return new LogPrivileges(
                role,
                schema,
                owner,
                mayUse,
                place.get("may_create", boolean.class),
                place.get("is_owner", boolean.class),
                List.copyOf(missing),
                List.copyOf(grants));
    }

    /** Whether the role may see of which migrations the log is made. */
    public boolean maySeeMigrations() {
        return mayUse && !missing.contains(Schema.HISTORY);
    }

    /** The tables and sequences that migrations make. */
    private static String[] relations() {
        return Stream.of(
                        DefaultSchema.DEFAULT_SCHEMA.getTables().stream().map(Named::getName),
                        DefaultSchema.DEFAULT_SCHEMA.getSequences().stream().map(Named::getName),
                        Stream.of(Schema.HISTORY))
                .flatMap(names -> names)
                .toArray(String[]::new);
    }
}
