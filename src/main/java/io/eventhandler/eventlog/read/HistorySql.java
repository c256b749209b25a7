package io.eventhandler.eventlog.read;

import static io.eventhandler.postgres.jooq.Tables.EVENTS;

import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.OrderField;
import org.jooq.Select;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The statements of the history. All read in order of id, so that a page costs what it holds: along the primary key, or
 * along one index per name, merged. Events that no index tells apart (by source, by payload) are passed over on the way.
 */
final class HistorySql {

    /**
     * For each transaction, so that it reads in order: where the planner expects a few matches among many events, it
     * prefers to collect and sort all of them. Plans for any value can't skip partitions while planning.
     */
    static final String IN_ORDER = """
            SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off;
            SET LOCAL plan_cache_mode = force_custom_plan""";

    /** For what follows in a transaction, so that it collects what an index finds, and sorts it. */
    static final String COLLECTED = "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_indexscan = off";

    private HistorySql() {}

    /**
     * The first events of the query within the range, for {@link EventRows}.
     *
     * @param names what the query's patterns select, null to test each event
     * @param count rows at most
     */
    static Select<?> page(DSLContext sql, HistoryQuery query, IdRange range, @Nullable List<String> names, long count) {
        Condition filter = filter(query, range);
        OrderField<Long> order = order(EVENTS.ID, query);
        if (names == null) {
            return sql.select(EventRows.COLUMNS)
                    .from(EVENTS)
                    .where(filter.and(NameSelection.condition(query.patterns())))
                    .orderBy(order)
                    .limit(count);
        }
        if (names.size() == 1) {
            return sql.select(EventRows.COLUMNS)
                    .from(EVENTS)
                    .where(filter.and(EVENTS.EVENT_NAME.eq(names.getFirst())))
                    .orderBy(order)
                    .limit(count);
        }
        // Each with a limit of its own, so that it goes from partition to partition only when it has to.
        return sql.select(EventRows.COLUMNS)
                .from(NameSelection.merged(
                        names,
                        name -> sql.selectFrom(EVENTS)
                                .where(filter.and(name))
                                .orderBy(order)
                                .limit(count)))
                .orderBy(order)
                .limit(count);
    }

    private static OrderField<Long> order(Field<Long> id, HistoryQuery query) {
        return query.ascending() ? id.asc() : id.desc();
    }

    private static Condition filter(HistoryQuery query, IdRange range) {
        Condition filter = DSL.noCondition();
        if (range.first() > 1) {
            filter = filter.and(EVENTS.ID.ge(range.first()));
        }
        if (range.last() < Long.MAX_VALUE) {
            filter = filter.and(EVENTS.ID.le(range.last()));
        }
        if (query.source() != null) {
            filter = filter.and(EVENTS.SOURCE.eq(query.source()));
        }
        if (query.payload() != null) {
            filter = filter.and("{0} @> {1}", EVENTS.PAYLOAD, DSL.val(JSONB.valueOf(query.payload())));
        }
        return filter;
    }
}
