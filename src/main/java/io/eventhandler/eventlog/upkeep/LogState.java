package io.eventhandler.eventlog.upkeep;

import org.jooq.DSLContext;
import org.jooq.Record4;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * What the log is like at a moment.
 *
 * @param earliest the id of the earliest event, 1 when there is none
 * @param ageSeconds of the earliest event, 0 when it is the only one: it stays, however old it is
 * @param partitionsAhead those behind the one that holds the newest event
 * @param clockAheadSeconds by how much the newest event is later than it can be, 0 when it is not
 */
record LogState(long earliest, double ageSeconds, long partitionsAhead, double clockAheadSeconds) {

    private static final String AGE = """
            (SELECT extract(epoch FROM clock_timestamp() - e.created_at) FROM events e
             WHERE e.id = log.earliest AND e.id < log.head)""";
    private static final String PARTITIONS_AHEAD = """
            (SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'events'::regclass AND substring(c.relname FROM '^events_from_(\\d+)$')::bigint > log.head)""";

    private static final String CLOCK_AHEAD = """
            (SELECT extract(epoch FROM greatest(e.created_at - clock_timestamp(), interval '0')) FROM events e
             WHERE e.id = log.head)""";

    /** Asks for it; touches a few rows. */
    static LogState read(DSLContext sql) {
        Record4<Long, Double, Long, Double> row = sql.select(
                        DSL.field("log.earliest", SQLDataType.BIGINT),
                        DSL.coalesce(DSL.field(AGE, SQLDataType.DOUBLE), 0.0),
                        DSL.field(PARTITIONS_AHEAD, SQLDataType.BIGINT),
                        DSL.coalesce(DSL.field(CLOCK_AHEAD, SQLDataType.DOUBLE), 0.0))
                .from("(SELECT events_earliest() AS earliest, events_head() AS head OFFSET 0) AS log")
                .fetchSingle();
        return new LogState(row.value1(), row.value2(), row.value3(), row.value4());
    }
}
