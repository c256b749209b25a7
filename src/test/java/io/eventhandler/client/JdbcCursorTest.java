package io.eventhandler.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.event.Event;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** A consumer that handles each event exactly once in a database of its own, whatever happens. */
class JdbcCursorTest {

    private static final TestDatabase CONSUMERS = TestDatabase.create();

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    @BeforeEach
    void createTables() throws SQLException {
        new JdbcCursor(dataSource(), "any").createTable();
        CONSUMERS.execute(
                "DROP TABLE IF EXISTS effects",
                "CREATE TABLE effects (number serial, payload text)",
                "DELETE FROM event_cursor");
    }

    private static PGSimpleDataSource dataSource() {
        return dataSource(CONSUMERS.url().hosts().getFirst().port());
    }

    private static PGSimpleDataSource dataSource(int port) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName(CONSUMERS.url().database());
        source.setUser(CONSUMERS.url().user());
        source.setPassword(CONSUMERS.url().password());
        source.setSslMode("disable");
        return source;
    }

    private static void write(Connection connection, Event event) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO effects (payload) VALUES (?)")) {
            insert.setString(1, new String(event.payload(), UTF_8));
            insert.executeUpdate();
        }
    }

    private static List<String> effects() {
        return CONSUMERS.query("SELECT payload FROM effects ORDER BY number");
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(String::valueOf).toList();
    }

    private static void publish(String name, int from, int to) {
        numbers(from, to)
                .forEach(n -> assertThat(replica.publish(name, n).status()).isEqualTo(200));
    }

    private static Subscription subscribe(EventClient client, String name, JdbcCursor cursor) {
        Subscription subscription =
                client.subscribe(SubscribeOptions.of(name).cursor(cursor), cursor.inTransaction(JdbcCursorTest::write));
        subscription.subscribed().join();
        return subscription;
    }

    @Test
    void whatIsHandledAndThatItIsAreCommittedTogether() {
        var cursor = new JdbcCursor(dataSource(), "together");
        var failures = new AtomicInteger();
        try (var client = EventClient.of(replica.uri("/"))) {
            client.subscribe(
                            SubscribeOptions.of("together").cursor(cursor),
                            cursor.inTransaction((connection, event) -> {
                                write(connection, event);
                                if (failures.getAndIncrement() % 2 == 0) {
                                    throw new IllegalStateException("after it had written");
                                }
                            }))
                    .subscribed()
                    .join();
            publish("together", 0, 5);
            await().until(() -> effects().size() == 5);
        }
        publish("together", 5, 10);
        try (var client = EventClient.of(replica.uri("/"))) {
            subscribe(client, "together", new JdbcCursor(dataSource(), "together"));
            await().until(() -> effects().size() == 10);
        }
        assertThat(effects()).isEqualTo(numbers(0, 10));
    }

    @Test
    void anAnswerToTheCommitThatIsLostDoublesNothing() throws Exception {
        try (var proxy = new TcpProxy(CONSUMERS.url().hosts().getFirst().port());
                var client = EventClient.of(replica.uri("/"))) {
            Subscription subscription = subscribe(client, "commit", new JdbcCursor(dataSource(proxy.port()), "commit"));
            for (int n = 0; n < 5; n++) {
                proxy.cutAnswerTo("COMMIT");
                publish("commit", n, n + 1);
                await().until(proxy::hasCut);
                int expected = n + 1;
                await().until(() -> effects().size() == expected
                        && CONSUMERS.queryLong("SELECT position FROM event_cursor WHERE name = 'commit'")
                                == Objects.requireNonNull(subscription.position())
                                        .id());
            }
        }
        assertThat(effects()).isEqualTo(numbers(0, 5));
    }

    @Test
    void twoProcessesWithOneCursorShareTheEvents() {
        try (var one = EventClient.of(replica.uri("/"));
                var other = EventClient.of(replica.uri("/"))) {
            subscribe(one, "shared", new JdbcCursor(dataSource(), "shared"));
            Subscription second = subscribe(other, "shared", new JdbcCursor(dataSource(), "shared"));
            publish("shared", 0, 40);
            await().until(() -> effects().size() == 40);
            second.close();
            publish("shared", 40, 50);
            await().until(() -> effects().size() == 50);
        }
        assertThat(effects()).isEqualTo(numbers(0, 50));
    }

    @Test
    void aPositionThatIsSetBackIsFollowed() {
        try (var client = EventClient.of(replica.uri("/"))) {
            subscribe(client, "back", new JdbcCursor(dataSource(), "back"));
            publish("back", 0, 3);
            await().until(() -> effects().size() == 3);
            CONSUMERS.execute("UPDATE event_cursor SET position = position - 2 WHERE name = 'back'");
            publish("back", 3, 4);
            await().until(() -> effects().size() == 6);
        }
        assertThat(effects()).containsExactly("0", "1", "2", "1", "2", "3");
    }

    @Test
    void withoutATransactionOfItsOwnItRemembersAfterwards() {
        var cursor = new JdbcCursor(dataSource(), "afterwards");
        try (var client = EventClient.of(replica.uri("/"))) {
            Subscription subscription =
                    client.subscribe(SubscribeOptions.of("afterwards").cursor(cursor), event -> {});
            subscription.subscribed().join();
            publish("afterwards", 0, 2);
            long last = replica.publish("afterwards", "2").eventId();
            await().until(() -> CONSUMERS.queryLong("SELECT position FROM event_cursor") == last);
        }
    }

    @Test
    void aTableThatIsMissingIsSaid() {
        CONSUMERS.execute("ALTER TABLE event_cursor RENAME TO other_cursor");
        try {
            assertThatThrownBy(() -> new JdbcCursor(dataSource(), "a").load())
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("event_cursor");
        } finally {
            CONSUMERS.execute("ALTER TABLE other_cursor RENAME TO event_cursor");
        }
    }

    /** It publishes and consumes through a network that is cut, delayed and half open, 200 times. */
    @Test
    void eachEventIsOnceInTheLogAndHandledOnceInOrderThroughACutNetwork() throws Exception {
        int cuts = 200;
        var done = new CountDownLatch(1);
        var published = new AtomicInteger();
        try (var proxy = new TcpProxy(replica.uri("/").getPort());
                var client = EventClient.builder()
                        .url(URI.create("http://127.0.0.1:" + proxy.port()))
                        .timeout(
                                Duration.ofSeconds(15)) // for three tries: one on a connection that is frozen takes 5 s
                        .pingAfter(Duration.ofMillis(200))
                        .build()) {
            subscribe(client, "cut", new JdbcCursor(dataSource(), "cut"));
            Thread publisher = Thread.ofVirtual().start(() -> {
                while (done.getCount() > 0) {
                    try {
                        client.publish("cut", published.get());
                        published.incrementAndGet();
                    } catch (PublishException e) {
                        throw new AssertionError(e);
                    }
                }
            });
            for (int n = 0; n < cuts; n++) {
                int before = published.get();
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> published.get() > before);
                proxy.delay(n % 20 < 5 ? 5 : 0);
                switch (n % 100 == 50 ? 3 : ThreadLocalRandom.current().nextInt(3)) {
                    case 0 -> proxy.cut();
                    case 1 -> proxy.cutAnswerTo("POST /publish");
                    case 2 -> proxy.cutAllAtAnswerTo("POST /publish");
                    default -> proxy.freeze();
                }
            }
            done.countDown();
            publisher.join();
            await().atMost(Duration.ofMinutes(1)).until(() -> effects().size() >= published.get());
        }
        assertThat(published).hasValueGreaterThan(cuts);
        assertThat(effects()).isEqualTo(numbers(0, published.get()));
        List<String> inLog = replica.get("/events?event_name=cut&order=asc&limit=1000")
                .json()
                .get("data")
                .valueStream()
                .map(event -> event.get("payload").toString())
                .toList();
        assertThat(inLog).isEqualTo(numbers(0, published.get()).subList(0, inLog.size()));
    }
}
