package io.eventhandler.logstore;

import io.eventhandler.event.NamePattern;
import io.eventhandler.postgres.Database;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Reads the store by query, over a pool of its own with a statement timeout. Each page is a short transaction. Safe for
 * concurrent use; every call may throw {@link LogReadException}.
 */
public final class LogReader {

    /** A page ends after so many bytes of records. */
    private static final long PAGE_BYTES = 8 << 20;

    /** Of the services in the store, so many are looked at. */
    private static final int MAX_SERVICES = 10_000;

    private static final Instant EPOCH_OF_IDS = Instant.parse("2026-01-01T00:00:00Z");
    private static final int BITS_WITHIN_SECOND = 23;

    private static final String ORIGINS = """
            SELECT o.id, s.name, o.logger, o.resource::text FROM log_origins o JOIN log_services s ON s.id = o.service_id
            WHERE o.id = ANY ({0})""";

    private static final String SETTINGS = """
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL jit = off;
            SET LOCAL plan_cache_mode = force_custom_plan""";

    private final Database database;
    private final Duration timeout;

    /**
     * @param timeout after which a page ends with what was found so far; the pool's statement timeout or less
     */
    public LogReader(Database database, Duration timeout) {
        this.database = database;
        this.timeout = timeout;
    }

    /** The first records that the query selects, in its order: at most its limit, fewer when they are large or far between. */
    public LogPage page(LogQuery query) {
        LogRows rows;
        try {
            rows = read(sql -> rows(sql, query));
        } catch (LogRows.TimeIsUpException e) {
            rows = e.found();
        }
        return named(rows);
    }

    private LogRows rows(DSLContext sql, LogQuery query) {
        @Nullable List<Integer> services = services(sql, query.services());
        if (services != null && services.isEmpty()) {
            return new LogRows(List.of(), false);
        }
        var scope = new LogSql.Scope(services, position(sql, query.after()), position(sql, query.before()));
        return query.isFoundByIndex() ? fetch(sql, query, scope, PAGE_BYTES) : search(sql, query, scope);
    }

    private static LogRows fetch(DSLContext sql, LogQuery query, LogSql.Scope scope, long maxBytes) {
        return LogRows.fetch(sql.resultQuery(LogSql.page(query, scope, query.limit() + 1)), query.limit(), maxBytes);
    }

    /** Reads stretch by stretch, each longer than the one before, so that what is near is found soon. */
    private LogRows search(DSLContext sql, LogQuery query, LogSql.Scope scope) {
        long deadline = System.nanoTime() + timeout.toNanos();
        LogStretch stretch = LogStretch.first(query, scope, LogSql.extent(sql));
        List<LogRows.Row> found = new ArrayList<>();
        long bytes = 0;
        while (!stretch.isEmpty()) {
            LogRows rows;
            try {
                LogQuery part = query.within(stretch.from(), stretch.to(), query.limit() - found.size());
                rows = fetch(sql, part, scope, PAGE_BYTES - bytes);
            } catch (DataAccessException e) {
                if (found.isEmpty() || !LogReadException.isCanceled(e)) {
                    throw e;
                }
                throw new LogRows.TimeIsUpException(new LogRows(found, true), e);
            }
            found.addAll(rows.rows());
            bytes += rows.bytes();
            stretch = stretch.next();
            boolean isFull = found.size() == query.limit() || bytes > PAGE_BYTES;
            boolean isLate = !found.isEmpty() && System.nanoTime() > deadline;
            if (rows.more() || (!stretch.isEmpty() && (isFull || isLate))) {
                return new LogRows(found, true);
            }
        }
        return new LogRows(found, false);
    }

    /** With who logged them. */
    private LogPage named(LogRows rows) {
        Integer[] numbers =
                rows.rows().stream().map(LogRows.Row::origin).distinct().toArray(Integer[]::new);
        if (numbers.length == 0) {
            return new LogPage(List.of(), rows.more());
        }
        Map<Integer, LogOrigin> origins = read(sql -> sql.resultQuery(ORIGINS, DSL.val(numbers))
                .fetchMap(row -> row.get(0, Integer.class), LogReader::origin));
        List<StoredLog> page = new ArrayList<>();
        long bytes = 0;
        for (LogRows.Row row : rows.rows()) {
            if (bytes > PAGE_BYTES) {
                return new LogPage(page, true);
            }
            LogOrigin origin = origins.getOrDefault(row.origin(), LogOrigins.UNKNOWN);
            StoredLog log = new StoredLog(row.id(), row.time(), row.record().withOrigin(origin));
            page.add(log);
            bytes += log.bytes();
        }
        return new LogPage(page, rows.more());
    }

    private static LogOrigin origin(Record row) {
        return new LogOrigin(row.get(1, String.class), row.get(3, String.class), row.get(2, String.class));
    }

    /** The names of the services in the store. */
    public List<String> services() {
        return read(
                sql -> sql.resultQuery("SELECT name FROM log_services ORDER BY name LIMIT {0}", DSL.val(MAX_SERVICES))
                        .fetch(0, String.class));
    }

    /** The numbers of the services that the patterns select, null for all. */
    private static @Nullable List<Integer> services(DSLContext sql, @Nullable List<NamePattern> patterns) {
        if (patterns == null || patterns.stream().anyMatch(NamePattern::isAll)) {
            return null;
        }
        return sql
                .resultQuery("SELECT id, name FROM log_services ORDER BY name LIMIT {0}", DSL.val(MAX_SERVICES))
                .stream()
                .filter(service -> patterns.stream().anyMatch(p -> p.matches(service.get(1, String.class))))
                .map(service -> service.get(0, Integer.class))
                .toList();
    }

    /** Where the record with this id is; where it would be by its arrival, if it has been removed. */
    private static LogSql.@Nullable Position position(DSLContext sql, @Nullable Long id) {
        if (id == null) {
            return null;
        }
        Record found = sql.resultQuery("SELECT time FROM log_records WHERE id = {0} LIMIT 1", DSL.val(id))
                .fetchOne();
        Instant time = found == null
                ? EPOCH_OF_IDS.plusSeconds(id >> BITS_WITHIN_SECOND)
                : found.get(0, OffsetDateTime.class).toInstant();
        return new LogSql.Position(time, id);
    }

    private <T> T read(Function<DSLContext, T> reading) {
        try {
            return database.sql().transactionResult(transaction -> {
                DSLContext sql = transaction.dsl();
                sql.connection(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute(SETTINGS);
                    }
                });
                return reading.apply(sql);
            });
        } catch (DataAccessException e) {
            throw new LogReadException(e);
        }
    }
}
