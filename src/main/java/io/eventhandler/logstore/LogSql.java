package io.eventhandler.logstore;

import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.QueryPart;
import org.jooq.Record;
import org.jooq.SQL;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The statements of the store. All read in order of time along an index and stop when they have enough: that of one service,
 * merged for some, or that of all. Those of a trace are few: they are collected and sorted.
 */
final class LogSql {

    /** Services for which merging their index scans is worth it. */
    private static final int MAX_MERGED = 32;

    /** As the indexes have them: the spans in which they order records; none for records that no index is to order. */
    private enum Span {
        SECOND("interval '1 second'"),
        OF_SERVICE("interval '2 seconds'"),
        NONE("");

        private final String length;

        Span(String length) {
            this.length = length;
        }

        /** That this time is in. */
        SQL of(QueryPart time) {
            return this == NONE
                    ? DSL.sql("{0}", time)
                    : DSL.sql("date_bin(" + length + ", {0}, timestamptz '2000-01-01 00:00+00')", time);
        }
    }

    private static final SQL TIME = DSL.sql("r.time");

    private static final String COLUMNS = """
            r.id, r.time, r.observed, r.span_id, r.service_id, r.origin_id, r.severity, r.trace_id, r.severity_text, r.message,
            r.attributes""";

    /** Where a page begins or ends. */
    record Position(Instant time, long id) {}

    /**
     * What the database says to a query.
     *
     * @param services the numbers of those that it selects, null for all
     * @param after the record after which it begins
     * @param before the record before which it ends
     */
    record Scope(
            @Nullable List<Integer> services,
            @Nullable Position after,
            @Nullable Position before) {}

    /** The times of all records: from this one on, and before that one; nulls when there are none. */
    record Extent(@Nullable Instant from, @Nullable Instant to) {}

    private LogSql() {}

    static Extent extent(DSLContext sql) {
        String second = "date_bin(interval '1 second', r.time, timestamptz '2000-01-01 00:00+00')";
        Record times = sql.fetchSingle(
                "SELECT min(" + second + "), max(" + second + ") + interval '1 second' FROM log_records r");
        @Nullable OffsetDateTime from = times.get(0, OffsetDateTime.class);
        @Nullable OffsetDateTime to = times.get(1, OffsetDateTime.class);
        return new Extent(from == null ? null : from.toInstant(), to == null ? null : to.toInstant());
    }

    /**
     * Rows for {@link LogRows}.
     *
     * @param count rows at most
     */
    static SQL page(LogQuery query, Scope scope, int count) {
        @Nullable List<Integer> services = scope.services();
        SQL order = DSL.sql(query.ascending() ? "ASC" : "DESC");
        SQL records;
        if (query.traceId() != null) {
            Condition ofServices = services == null ? noCondition() : isOneOf(services);
            records = select(query, ofServices, Span.NONE, scope, order, count);
        } else if (services == null || services.size() > MAX_MERGED) {
            Condition ofServices = services == null ? noCondition() : isOneOf(services);
            records = select(query, ofServices, Span.SECOND, scope, order, count);
        } else {
            List<SQL> each = new ArrayList<>();
            for (int service : services) {
                Condition ofService = DSL.condition("r.service_id = {0}", inline(service));
                each.add(DSL.sql("({0})", select(query, ofService, Span.OF_SERVICE, scope, order, count)));
            }
            SQL all = each.getFirst();
            for (SQL next : each.subList(1, each.size())) {
                all = DSL.sql("{0} UNION ALL {1}", all, next);
            }
            records = DSL.sql(
                    "SELECT * FROM ({0}) AS r ORDER BY r.span {1}, r.time {1}, r.id {1} LIMIT {2}",
                    all, order, inline(count));
        }
        return records;
    }

    private static Condition isOneOf(List<Integer> services) {
        return DSL.condition("r.service_id = ANY ({0})", val(services.toArray(Integer[]::new)));
    }

    private static SQL select(LogQuery query, Condition ofServices, Span span, Scope scope, SQL order, int count) {
        @Nullable Position after = scope.after();
        @Nullable Position before = scope.before();
        Condition filter = ofServices
                .and(filter(query))
                .and(since(query.since(), span))
                .and(until(query.until(), span))
                .and(after == null ? noCondition() : beyond(after, span, ">"))
                .and(before == null ? noCondition() : beyond(before, span, "<"));
        return DSL.sql(
                "SELECT " + COLUMNS
                        + ", {0} AS span FROM log_records r WHERE {1} ORDER BY span {2}, r.time {2}, r.id {2} LIMIT {3}",
                span.of(TIME),
                filter,
                order,
                inline(count));
    }

    private static Condition filter(LogQuery query) {
        Condition filter = noCondition();
        if (query.severity() != null) {
            filter = filter.and("r.severity >= {0}", val(query.severity()));
        }
        if (query.traceId() != null) {
            filter = filter.and("r.trace_id = {0}::uuid", val(query.traceId()));
        }
        if (query.text() != null) {
            // Without the rules of a language it is several times as fast, and for these letters the same.
            boolean plain = query.text().chars().allMatch(c -> c < 0x80);
            String pattern = "%" + query.text().replaceAll("([\\\\%_])", "\\\\$1") + "%";
            filter = filter.and(plain ? "r.message COLLATE \"C\" ILIKE {0}" : "r.message ILIKE {0}", val(pattern));
        }
        if (query.attributes() != null) {
            filter = filter.and("r.attributes::jsonb @> {0}", val(JSONB.valueOf(query.attributes())));
        }
        return filter;
    }

    private static Condition since(@Nullable Instant since, Span span) {
        return since == null
                ? noCondition()
                : DSL.condition("r.time >= {0}", moment(since))
                        .and("{0} >= {1}", span.of(TIME), span.of(moment(since)));
    }

    private static Condition until(@Nullable Instant until, Span span) {
        return until == null
                ? noCondition()
                : DSL.condition("r.time < {0}", moment(until)).and("{0} <= {1}", span.of(TIME), span.of(moment(until)));
    }

    private static Condition beyond(Position position, Span span, String comparison) {
        return DSL.condition(
                        "(r.time, r.id) " + comparison + " ({0}, {1})", moment(position.time()), val(position.id()))
                .and("{0} " + comparison + "= {1}", span.of(TIME), span.of(moment(position.time())));
    }

    private static Field<?> moment(Instant moment) {
        return val(moment.atOffset(ZoneOffset.UTC));
    }
}
