package io.eventhandler.eventlog.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.Schema;
import io.eventhandler.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The SQL function that every append goes through. */
class AppendEventsTest {

    private final TestDatabase database = TestDatabase.create();

    @BeforeEach
    void migrate() throws Exception {
        var pool = new Database(database.url(), "test", 3, Duration.ofSeconds(5), Duration.ofSeconds(10));
        try {
            new Schema(pool).migrate();
        } finally {
            pool.stop();
        }
        database.execute(
                "CREATE OR REPLACE FUNCTION events_partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN 1000");
    }

    private static String append(int count, String name) {
        return """
               SELECT first_id FROM append_events(gen_random_uuid(), array_fill('%s'::text, ARRAY[%d]),
               array_fill('1'::text, ARRAY[%d]), array_fill('test'::text, ARRAY[%d]), array_fill(NULL::text, ARRAY[%d]))""".formatted(name, count, count, count, count);
    }

    @Test
    void idsStayDenseAcrossPartitionBordersAndAbortedAppends() throws Exception {
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 8; writer++) {
                int own = writer;
                running.add(writers.submit(() -> write(own)));
            }
            for (Future<?> future : running) {
                future.get();
            }
        }
        long count = database.queryLong("SELECT count(*) FROM events");
        assertThat(count).isGreaterThan(5_000);
        assertThat(database.query("SELECT id FROM events ORDER BY id").stream().map(Long::valueOf))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, count).boxed().toList());
        assertThat(database.queryLong("SELECT events_head()")).isEqualTo(count);
        assertThat(database.queryLong("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
                .isGreaterThan(4);
        assertThat(database.queryLong("""
                        SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS earlier FROM events)
                        WHERE earlier""")).isZero();
    }

    private void write(int writer) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (int round = 0; round < 30; round++) {
                boolean abort = round % 5 == writer % 5;
                connection.setAutoCommit(!abort);
                statement
                        .executeQuery(append(10 + (writer * 7 + round) % 40, "w" + writer))
                        .close();
                if (abort) {
                    connection.rollback();
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void maintenanceMakesThePartitionsAhead() {
        database.execute("SELECT maintain_events()", append(600, "a"), append(600, "b"), "SELECT maintain_events()");
        assertThat(database.query(
                        "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'events'::regclass ORDER BY 1"))
                .containsExactly("events_from_0", "events_from_1000", "events_from_2000");
    }

    @Test
    void findsTheHeadWhenItsHintIsLost() {
        database.execute(append(25_000 / 25, "a"), append(1_000, "b"), "SELECT setval('events_head_hint', 0)");
        assertThat(database.queryLong("SELECT events_head()")).isEqualTo(2_000);
        database.execute("SELECT setval('events_head_hint', 5000000)");
        assertThat(database.queryLong("SELECT events_head()")).isEqualTo(2_000);
    }

    @Test
    void refusesAnotherIsolationThanReadCommitted() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            assertThatThrownBy(() -> statement.executeQuery(append(1, "a")))
                    .hasMessageContaining("append_events needs READ COMMITTED, not repeatable read");
        }
    }

    @Test
    void neitherAReaderNorADumpHoldsUpANewPartition() throws Exception {
        database.execute(append(999, "a"));
        try (Connection reader = database.connect();
                Statement reading = reader.createStatement();
                Connection writer = database.connect();
                Statement writing = writer.createStatement()) {
            reader.setAutoCommit(false);
            reading.executeQuery("SELECT count(*) FROM events").close();
            writing.execute("SET lock_timeout = '2s'");
            writing.executeQuery(append(10, "b")).close();
            assertThat(database.queryLong("SELECT events_head()")).isEqualTo(1_009);
        }
    }

    @Test
    void aClockThatWasAheadIsNotFollowed() {
        database.execute(append(10, "a"), append(1, "b"));
        database.execute("UPDATE events SET created_at = created_at + interval '10 s' WHERE id = 11");
        database.execute(append(1, "c")); // within what clocks differ: the order of times is kept
        assertThat(database.query("SELECT created_at = lag(created_at) OVER (ORDER BY id) FROM events WHERE id > 10")
                        .getLast())
                .isEqualTo("t");
        database.execute("UPDATE events SET created_at = created_at + interval '10 years' WHERE id >= 11");
        database.execute(append(10, "d"));
        assertThat(
                        database.queryLong(
                                "SELECT count(*) FROM events WHERE id > 12 AND created_at < clock_timestamp() + interval '1 s'"))
                .isEqualTo(10);
        assertThat(database.queryLong("SELECT events_first_since(clock_timestamp() + interval '1 s')"))
                .isEqualTo(23);
        database.execute("UPDATE events SET created_at = created_at - interval '2 h' WHERE id NOT IN (11, 12)");
        database.execute(append(5, "e"));
        assertThat(database.queryLong("SELECT events_first_since(clock_timestamp() - interval '1 h')"))
                .isEqualTo(23);
        assertThat(database.queryLong("SELECT events_retained_from('1 h', NULL, '1 s')"))
                .isEqualTo(23);
    }

    @Test
    void aTriedAppendLeavesNothingBehind() {
        database.execute(append(3, "a"), "SELECT try_append_events()", append(1, "b"));
        assertThat(database.query("SELECT id FROM events ORDER BY id")).containsExactly("1", "2", "3", "4");
        database.execute("ALTER TABLE events ADD CONSTRAINT full_disk CHECK (id < 5)");
        assertThatThrownBy(() -> database.execute("SELECT try_append_events()")).hasMessageContaining("full_disk");
    }
}
