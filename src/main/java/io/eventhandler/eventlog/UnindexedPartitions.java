package io.eventhandler.eventlog;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Result;

/** The partitions of the log that lack the index that finds events by what their payload contains. */
public final class UnindexedPartitions {

    private static final String LACKING = """
            SELECT c.relname, own.indexrelid IS NOT NULL AS is_built, own.indisvalid IS FALSE AS is_broken
            FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            LEFT JOIN pg_index own ON own.indrelid = c.oid AND own.indexrelid = to_regclass(c.relname || '_payload')
            WHERE i.inhparent = 'events'::regclass AND NOT i.inhdetachpending
              AND NOT EXISTS (
                  SELECT FROM pg_index x JOIN pg_inherits attached ON attached.inhrelid = x.indexrelid
                  WHERE x.indrelid = c.oid AND attached.inhparent = to_regclass('events_payload'))
            ORDER BY c.oid DESC""";

    private UnindexedPartitions() {}

    /** The newest first, each with its name, whether its index is built but not attached, and whether its building was broken off. */
    public static Result<Record> in(DSLContext sql) {
        return sql.fetch(LACKING);
    }
}
