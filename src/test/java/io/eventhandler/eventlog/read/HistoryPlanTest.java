package io.eventhandler.eventlog.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.event.Event;
import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.UnindexedPartitions;
import io.eventhandler.eventlog.upkeep.PayloadIndex;
import io.eventhandler.postgres.Database;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestLog;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jooq.Select;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What PostgreSQL does for each kind of query: 24,000 events, one a second, in seven partitions of 4,000. A hundred names;
 * every third event has the source {@code often}, every 8,000th {@code rare}, and the payloads are alike.
 */
class HistoryPlanTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TestLog LOG = TestLog.create(4_000);
    private static final TestDatabase DATABASE = LOG.database();
    private static final Database POOL =
            new Database(DATABASE.url(), "plans", 2, Duration.ofSeconds(5), Duration.ofSeconds(10));
    private static final HistoryReader HISTORY = new HistoryReader(POOL, () -> 0, 1_000);
    private static final int LIMIT = 20;

    @BeforeAll
    static void fill() {
        for (int n = 0; n < 24; n++) {
            DATABASE.query(
                    LOG.appending(
                            1_000,
                            "'name.' || n % 100",
                            "jsonb_build_object('o', n %% 3, 'r', n %% 1000 + %d)".formatted(n % 8 * 1_000),
                            "CASE WHEN n % 3 = 0 THEN 'often' WHEN n = 500 AND (SELECT events_head()) % 8000 = 0 THEN 'rare' ELSE 'other' END"));
        }
        DATABASE.execute(
                "UPDATE events SET created_at = '%s'::timestamptz + id * interval '1 s'".formatted(START),
                "VACUUM ANALYZE events");
    }

    @AfterAll
    static void close() {
        POOL.stop();
    }

    private static HistoryQuery query(
            List<String> patterns,
            @Nullable String source,
            @Nullable String payload,
            @Nullable Long after,
            @Nullable Long before,
            boolean ascending) {
        return new HistoryQuery(
                patterns.stream().map(NamePattern::of).toList(),
                source,
                payload,
                after,
                before,
                null,
                null,
                ascending,
                LIMIT);
    }

    /** The nodes of the plan by which the statement was executed. */
    private record Plan(List<JsonNode> nodes) {

        static Plan of(HistoryQuery query) {
            return of(read -> HistorySql.page(
                    read.sql(),
                    query,
                    HistoryReader.range(read.sql(), query),
                    NameSelection.names(read.sql(), query.patterns()),
                    query.limit() + 1));
        }

        static Plan of(Function<ReadTransaction, Select<?>> select) {
            String json = HISTORY.read(read ->
                    String.valueOf(read.sql().fetchValue("EXPLAIN (ANALYZE, FORMAT JSON) {0}", select.apply(read))));
            List<JsonNode> nodes = new ArrayList<>();
            collect(new JsonMapper().readTree(json).get(0).get("Plan"), nodes);
            return new Plan(nodes);
        }

        private static void collect(JsonNode node, List<JsonNode> nodes) {
            nodes.add(node);
            node.path("Plans").forEach(child -> collect(child, nodes));
        }

        Set<String> types() {
            Set<String> types = new TreeSet<>();
            nodes.forEach(node -> types.add(node.get("Node Type").stringValue()));
            return types;
        }

        /** The partitions in the plan. */
        Set<String> partitions() {
            Set<String> partitions = new TreeSet<>();
            nodes.stream()
                    .filter(node -> node.has("Relation Name"))
                    .forEach(node -> partitions.add(node.get("Relation Name").stringValue()));
            return partitions;
        }

        /** Rows that were taken from tables, whether they were selected or not. */
        long rowsRead() {
            return nodes.stream()
                    .filter(node -> node.has("Relation Name"))
                    .mapToLong(node -> Math.round((node.get("Actual Rows").doubleValue()
                                    + node.path("Rows Removed by Filter").asDouble(0)
                                    + node.path("Rows Removed by Index Recheck").asDouble(0))
                            * node.get("Actual Loops").doubleValue()))
                    .sum();
        }

        Plan readsInOrder(long atMost) {
            assertThat(types()).doesNotContain("Seq Scan", "Sort", "Incremental Sort", "Bitmap Heap Scan");
            assertThat(rowsRead()).isLessThanOrEqualTo(atMost);
            return this;
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void allAreReadFromOneEnd(boolean ascending) {
        Plan.of(query(List.of(), null, null, null, null, ascending)).readsInOrder(LIMIT + 1);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void idsPruneThePartitions(boolean ascending) {
        Plan plan = Plan.of(query(List.of(), null, null, 9_000L, 15_000L, ascending));
        assertThat(plan.readsInOrder(LIMIT + 1).partitions()).containsExactly("events_from_12000", "events_from_8000");
    }

    @Test
    void timesPruneThePartitions() {
        var query = new HistoryQuery(
                List.of(), null, null, null, null, START.plusSeconds(9_000), START.plusSeconds(15_000), false, LIMIT);
        Plan plan = Plan.of(query);
        assertThat(plan.readsInOrder(LIMIT + 1).partitions()).containsExactly("events_from_12000", "events_from_8000");
        assertThat(HISTORY.page(query).events().getFirst().id()).isEqualTo(14_999);
    }

    @Test
    void timesAndTheLogsEndsAreFoundWithoutAScan() throws SQLException {
        try (Connection connection = DATABASE.connect(); // whose statistics hold nothing else
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement
                    .executeQuery("SELECT events_earliest(), events_head(), events_first_since('%s')"
                            .formatted(START.plusSeconds(9_000)))
                    .close();
            try (ResultSet scans = statement.executeQuery("""
                    SELECT sum(seq_scan), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables
                    WHERE relname LIKE 'events_from_%'""")) {
                assertThat(scans.next()).isTrue();
                assertThat(scans.getLong(1)).isZero();
                assertThat(scans.getLong(2)).isBetween(10L, 40L);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aNameIsReadAlongItsIndex(boolean ascending) {
        Plan.of(query(List.of("name.7"), null, null, null, null, ascending)).readsInOrder(LIMIT + 1);
        Plan bounded = Plan.of(query(List.of("name.7"), null, null, 9_000L, 11_000L, ascending));
        assertThat(bounded.readsInOrder(LIMIT + 1).partitions()).containsExactly("events_from_8000");
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void severalNamesAreMerged(boolean ascending) {
        Plan plan = Plan.of(query(List.of("name.7", "name.31", "none"), null, null, null, null, ascending));
        assertThat(plan.readsInOrder(2 * (LIMIT + 1)).types()).contains("Merge Append");
    }

    @Test
    void aPatternOfFewNamesIsMerged() {
        Plan plan = Plan.of(query(List.of("name.7", "other.>"), null, null, null, null, false));
        plan.readsInOrder(LIMIT + 1);
        DATABASE.query(LOG.appending(10, "'other.' || n", "1", "'test'"));
        Plan merged = Plan.of(query(List.of("name.7", "other.*"), null, null, null, null, false));
        assertThat(merged.readsInOrder(11 * (LIMIT + 1)).types()).contains("Merge Append");
    }

    @Test
    void aPatternOfManyNamesIsReadAlongThePrimaryKey() {
        Plan.of(query(List.of("name.*"), null, null, null, null, true)).readsInOrder(LIMIT + 1);
        assertThat(Plan.of(query(List.of(">"), null, null, null, null, true))
                        .readsInOrder(LIMIT + 1)
                        .types())
                .contains("Index Scan");
    }

    @Test
    void sourcesAndPayloadsArePassedOverOnTheWay() {
        Plan.of(query(List.of(), "often", null, null, null, true)).readsInOrder(3 * (LIMIT + 1));
        Plan.of(query(List.of(), "rare", null, null, 24_000L, false)).readsInOrder(24_000);
        Plan.of(query(List.of(), null, "{\"o\":1}", null, null, true)).readsInOrder(3 * (LIMIT + 1));
        Plan bounded = Plan.of(query(List.of(), "rare", "{\"r\":500}", 9_000L, 11_000L, true));
        assertThat(bounded.readsInOrder(2_000).partitions()).containsExactly("events_from_8000");
    }

    @Test
    void rarePayloadsAreFoundThroughTheirIndexWhichIsMadeAndDroppedBesidePublishers() throws Exception {
        HistoryQuery rare = query(List.of(), null, "{\"r\":3500}", null, null, false);
        List<Long> walked = ids(HISTORY.page(rare));
        assertThat(walked).containsExactly(19_500L, 11_500L, 3_500L);

        DATABASE.execute("CREATE INDEX events_from_8000_payload ON events_from_8000 (id)"); // as if it was broken off
        DATABASE.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_from_8000_payload'::regclass");
        try (Connection reader = DATABASE.connect();
                Statement reading = reader.createStatement()) {
            reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            reader.setAutoCommit(false);
            reading.executeQuery("SELECT count(*) FROM events").close();
            start(true);
            start(true);
            await().until(() -> DATABASE.queryLong("""
                            SELECT count(*) FROM pg_stat_progress_create_index
                            WHERE datname = current_database() AND phase LIKE 'waiting%'""") == 1);
            try (Connection writer = DATABASE.connect();
                    Statement writing = writer.createStatement()) {
                writing.execute("SET lock_timeout = '2s'");
                writing.executeQuery(LOG.appending(10)).close();
            }
        }
        await().until(() -> HISTORY.read(HistoryPlanTest::isIndexed));
        long next = DATABASE.queryLong("SELECT events_head()") / 4_000 * 4_000 + 8_000;
        DATABASE.query("SELECT create_events_partition(%d)".formatted(next));
        assertThat(HISTORY.read(HistoryPlanTest::isIndexed)).isTrue();

        assertThat(ids(HISTORY.page(rare))).isEqualTo(walked);
        Plan plan = Plan.of(read -> {
            read.set(HistorySql.COLLECTED);
            return HistorySql.page(read.sql(), rare, IdRange.ALL, null, LIMIT + 1);
        });
        assertThat(plan.types()).contains("Bitmap Index Scan").doesNotContain("Seq Scan", "Index Scan");
        assertThat(plan.rowsRead()).isLessThanOrEqualTo(10);
        HistoryQuery common = query(List.of("name.7"), null, "{\"o\":1}", null, null, false);
        assertThat(ids(HISTORY.page(common))).hasSize(LIMIT).isSortedAccordingTo((a, b) -> Long.compare(b, a));
        HistoryQuery both = query(List.of("name.0", "x.>"), null, "{\"r\":3500}", 3_500L, null, true);
        assertThat(ids(HISTORY.page(both))).containsExactly(11_500L, 19_500L);

        start(false);
        await().until(() -> DATABASE.queryLong(
                        "SELECT count(*) FROM pg_class WHERE relkind IN ('i', 'I') AND relname LIKE '%payload%'")
                == 0);
        assertThat(ids(HISTORY.page(rare))).isEqualTo(walked);
    }

    private static void start(boolean wanted) {
        new PayloadIndex(
                        new Database(DATABASE.url(), "index", 2, Duration.ofSeconds(5), Duration.ofMinutes(1)),
                        wanted,
                        Duration.ofMillis(20))
                .start();
    }

    private static List<Long> ids(EventPage page) {
        return page.events().stream().map(Event::id).toList();
    }

    private static boolean isIndexed(ReadTransaction read) {
        return UnindexedPartitions.in(read.sql()).isEmpty();
    }
}
