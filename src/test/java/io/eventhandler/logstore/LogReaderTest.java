package io.eventhandler.logstore;

import static io.eventhandler.logstore.TestLogStore.BILLING;
import static io.eventhandler.logstore.TestLogStore.NOON;
import static io.eventhandler.logstore.TestLogStore.SHOP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.event.NamePattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** 3,000 records of three services, three a second, in two batches whose times interleave. */
class LogReaderTest {

    private static final LogOrigin OTHER = new LogOrigin("billing.us", null, "a");
    private static final List<LogOrigin> ORIGINS = List.of(SHOP, BILLING, OTHER);

    private static TestLogStore store;
    private static LogReader reader;
    private static List<LogRecord> all;

    @BeforeAll
    static void create() {
        store = new TestLogStore();
        reader = new LogReader(store.pool(2), Duration.ofSeconds(10));
        all = new ArrayList<>();
        for (int n = 0; n < 3_000; n++) {
            all.add(new LogRecord(
                    ORIGINS.get(n % 3),
                    NOON.plusMillis(n * 333L),
                    null,
                    n % 24 + 1,
                    null,
                    "Message " + n + (n % 500 == 7 ? " 100% Größe_\\" : ""),
                    n % 2 == 0 ? "{\"n\":%d,\"deep\":{\"even\":true}}".formatted(n) : null,
                    n % 100 < 4 ? "%032x".formatted(n / 100 + 1) : null,
                    null));
        }
        store.store(Stream.iterate(0, n -> n < 3_000, n -> n + 2).map(all::get).toList());
        store.store(Stream.iterate(1, n -> n < 3_000, n -> n + 2).map(all::get).toList());
        store.database().execute("ANALYZE log_records");
    }

    @AfterAll
    static void close() {
        store.close();
    }

    private static LogQuery query(
            @Nullable List<String> services,
            @Nullable Integer severity,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable String text,
            @Nullable String traceId,
            @Nullable String attributes,
            boolean ascending,
            int limit) {
        return new LogQuery(
                services == null ? null : services.stream().map(NamePattern::of).toList(),
                severity,
                since,
                until,
                text,
                traceId,
                attributes,
                ascending,
                limit,
                null,
                null);
    }

    private static List<Integer> numbers(LogPage page) {
        return page.records().stream().map(log -> all.indexOf(log.record())).toList();
    }

    private static List<Integer> expected(java.util.function.IntPredicate selected, boolean ascending, int limit) {
        return Stream.iterate(ascending ? 0 : 2_999, n -> n + (ascending ? 1 : -1))
                .limit(3_000)
                .filter(selected::test)
                .limit(limit)
                .toList();
    }

    private static LogQuery from(LogQuery query, @Nullable Long after, @Nullable Long before) {
        return new LogQuery(
                query.services(),
                query.severity(),
                query.since(),
                query.until(),
                query.text(),
                query.traceId(),
                query.attributes(),
                query.ascending(),
                query.limit(),
                after,
                before);
    }

    @Test
    void theNewestFirstOrTheOldest() {
        assertThat(numbers(reader.page(query(null, null, null, null, null, null, null, false, 100))))
                .isEqualTo(expected(n -> true, false, 100));
        assertThat(numbers(reader.page(query(null, null, null, null, null, null, null, true, 100))))
                .isEqualTo(expected(n -> true, true, 100));
        assertThat(reader.page(LogQuery.newest(1_000)).more()).isTrue();
    }

    @Test
    void ofSomeServices() {
        assertThat(numbers(reader.page(query(List.of("shop"), null, null, null, null, null, null, false, 100))))
                .isEqualTo(expected(n -> n % 3 == 0, false, 100));
        assertThat(numbers(reader.page(query(List.of("billing.*"), null, null, null, null, null, null, true, 100))))
                .isEqualTo(expected(n -> n % 3 != 0, true, 100));
        assertThat(numbers(reader.page(
                        query(List.of("none", "billing.eu"), null, null, null, null, null, null, false, 7))))
                .isEqualTo(expected(n -> n % 3 == 1, false, 7));
        assertThat(reader.page(query(List.of("none"), null, null, null, null, null, null, false, 7)))
                .isEqualTo(new LogPage(List.of(), false));
        assertThat(reader.services()).containsExactly("billing.eu", "billing.us", "shop");
    }

    @Test
    void ofAnIntervalAndASeverity() {
        Instant since = NOON.plusMillis(100 * 333L);
        Instant until = NOON.plusMillis(200 * 333L);
        for (var services : new ArrayList<>(List.of(List.of(">"), List.of("shop"), List.of("*", "billing.*")))) {
            boolean shop = services.contains("shop");
            assertThat(numbers(reader.page(query(services, 20, since, until, null, null, null, false, 1_000))))
                    .isEqualTo(expected(
                            n -> n >= 100 && n < 200 && n % 24 + 1 >= 20 && (!shop || n % 3 == 0), false, 1_000));
        }
    }

    @Test
    void withATextInUpperOrLowerCase() {
        assertThat(numbers(reader.page(query(null, null, null, null, "MESSAGE 299", null, null, false, 100))))
                .isEqualTo(expected(n -> ("" + n).startsWith("299"), false, 100));
        assertThat(numbers(reader.page(query(null, null, null, null, "100% größe_\\", null, null, true, 100))))
                .containsExactly(7, 507, 1_007, 1_507, 2_007, 2_507);
        assertThat(numbers(reader.page(query(null, null, null, null, "100%G", null, null, true, 100))))
                .isEmpty();
    }

    @Test
    void ofATraceInOrderOfTime() {
        assertThat(numbers(reader.page(query(null, null, null, null, null, "%032X".formatted(8), null, true, 100))))
                .containsExactly(700, 701, 702, 703);
        assertThat(numbers(reader.page(
                        query(List.of("shop"), null, null, null, null, "%032x".formatted(8), null, true, 9))))
                .containsExactly(702);
    }

    @Test
    void withAttributes() {
        assertThat(numbers(reader.page(
                        query(null, null, null, null, null, null, "{\"deep\":{\"even\":true}}", false, 50))))
                .isEqualTo(expected(n -> n % 2 == 0, false, 50));
        assertThat(numbers(reader.page(query(null, null, null, null, null, null, "{\"n\":42}", false, 50))))
                .containsExactly(42);
        LogQuery noJson = query(null, null, null, null, null, null, "{n", false, 50);
        assertThatThrownBy(() -> reader.page(noJson))
                .isInstanceOfSatisfying(
                        LogReadException.class, e -> assertThat(e.reason()).isEqualTo(LogReadException.Reason.REFUSED));
    }

    @Test
    void pageByPageThroughAll() {
        for (boolean ascending : List.of(true, false)) {
            for (List<String> services : List.of(List.of(">"), List.of("shop", "billing.>"))) {
                LogQuery query = query(services, null, null, null, null, null, null, ascending, 700);
                List<Integer> seen = new ArrayList<>();
                LogPage page = reader.page(query);
                while (true) {
                    seen.addAll(numbers(page));
                    if (!page.more()) {
                        break;
                    }
                    long last = page.records().getLast().id();
                    page = reader.page(from(query, ascending ? last : null, ascending ? null : last));
                }
                assertThat(seen).isEqualTo(expected(n -> true, ascending, 3_000));
            }
        }
    }

    @Test
    void fromWhereARemovedRecordArrived() {
        LogQuery query = query(null, null, null, null, null, null, null, true, 10);
        assertThat(reader.page(from(query, 1L, null)).records()).hasSize(10);
        assertThat(reader.page(from(query, null, 1L)).records()).isEmpty();
    }

    @Test
    void usesTheIndexes() {
        assertThat(plan("r.service_id = 1", "date_bin('2 seconds', r.time, timestamptz '2000-01-01 00:00+00')"))
                .contains("service_id_date_bin_idx")
                .contains("Incremental Sort");
        assertThat(plan("true", "date_bin('1 second', r.time, timestamptz '2000-01-01 00:00+00')"))
                .contains("date_bin_idx")
                .contains("Incremental Sort");
        assertThat(plan("r.trace_id = '00000000000000000000000000000001'", "r.time"))
                .contains("trace_id_idx");
    }

    private static String plan(String condition, String span) {
        return String.join(
                "\n",
                store.database()
                        .query(
                                "EXPLAIN SELECT r.id, r.message, %s AS span FROM log_records r WHERE %s ORDER BY span DESC, r.time DESC, r.id DESC LIMIT 100"
                                        .formatted(span, condition)));
    }

    @Test
    void whatWasFoundBeforeTheTimeIsUpIsAPage() {
        try (var slow = new TestLogStore()) {
            slow.store(List.of(
                    TestLogStore.record(SHOP, NOON, 9, "a"),
                    TestLogStore.record(SHOP, NOON.minusSeconds(7_200), 9, "b"),
                    TestLogStore.record(SHOP, NOON.minusSeconds(90_000), 9, "c")));
            slow.database().execute("ALTER TABLE log_records RENAME TO records", """
                            CREATE VIEW log_records AS SELECT * FROM records
                            WHERE message <> 'b' OR pg_sleep(30) IS NULL""");
            var hasty = new LogReader(slow.pool(1, Duration.ofMillis(300)), Duration.ofMillis(300));
            LogQuery query = query(null, 9, null, null, null, null, null, false, 10);
            LogPage page = hasty.page(query);
            assertThat(page.records()).extracting(log -> log.record().message()).containsExactly("a");
            assertThat(page.more()).isTrue();
            LogQuery rest = from(query, null, page.records().getFirst().id());
            assertThatThrownBy(() -> hasty.page(rest))
                    .isInstanceOfSatisfying(
                            LogReadException.class,
                            e -> assertThat(e.reason()).isEqualTo(LogReadException.Reason.TOO_SLOW));
        }
    }
}
