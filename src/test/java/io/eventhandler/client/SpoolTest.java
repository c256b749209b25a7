package io.eventhandler.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.event.NewEvent;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that are accepted whether the service is there or not. */
class SpoolTest {

    private static final Duration NOT_AT_ALL = Duration.ZERO;

    private static TestDatabase database;
    private static TestReplica replica;

    @TempDir
    Path directory;

    private TcpProxy way;
    private EventClient client;
    private String source = "";

    @BeforeAll
    static void start() {
        database = TestDatabase.create();
        replica = TestReplica.start(database);
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    /** A way to the service that can be there and not. */
    @BeforeEach
    void makeWay() throws IOException {
        way = new TcpProxy(replica.uri("/").getPort());
        source = "spool " + way.port();
        client = EventClient.builder()
                .url(URI.create("http://127.0.0.1:" + way.port()))
                .source(source)
                .timeout(Duration.ofSeconds(1))
                .build();
    }

    @AfterEach
    void close() {
        client.close();
        way.close();
    }

    private void away() {
        way.target(1);
        way.cut();
    }

    private void back() {
        way.target(replica.uri("/").getPort());
    }

    private Spool open(boolean onDisk) {
        return Spool.builder(client)
                .directory(onDisk ? directory.resolve("spool") : null)
                .open();
    }

    private List<String> stored(String from) {
        return database.query("SELECT payload::text FROM events WHERE source = '%s' ORDER BY id".formatted(from));
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(String::valueOf).toList();
    }

    private static void emit(Spool spool, int from, int to) {
        for (int i = from; i < to; i++) {
            spool.emit("order.placed", i);
        }
    }

    private static void awaitSent(Spool spool, int events) {
        await().until(() -> spool.sent() == events && spool.waiting() == 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsEmittedWhileTheServiceIsAwayIsStoredInItsOrderWhenItIsBack(boolean onDisk) {
        try (Spool spool = open(onDisk)) {
            emit(spool, 0, 10);
            awaitSent(spool, 10);
            away();
            emit(spool, 10, 2_000);
            await().until(() -> spool.fault() != null);
            assertThat(spool.fault()).contains("no answer from");
            assertThat(spool.waiting()).isEqualTo(1_990);
            back();
            awaitSent(spool, 2_000);
            assertThat(spool.fault()).isNull();
            assertThat(spool.accepted()).isEqualTo(2_000);
        }
        assertThat(stored(source)).isEqualTo(numbers(0, 2_000));
    }

    @Test
    void anEventKeepsAllThatItHas() {
        try (Spool spool = open(true)) {
            spool.emit(new NewEvent("order.paid", source, "\"é\"".getBytes(UTF_8), "{\"a\":\"b\"}", "a key"));
            spool.emit(new NewEvent("order.paid", source, "\"é\"".getBytes(UTF_8), "{\"a\":\"b\"}", "a key"));
            awaitSent(spool, 2);
        }
        assertThat(database.query(
                        "SELECT event_name || payload || metadata FROM events WHERE source = '%s'".formatted(source)))
                .containsExactly("order.paid\"é\"{\"a\": \"b\"}");
    }

    @Test
    void whatWaitsInADirectoryIsSentAfterARestartAndOfMemoryItIsSaidToBeLost() {
        away();
        try (LogCapture log = LogCapture.of(Spool.class)) {
            for (int i = 0; i < 3; i++) {
                try (Spool spool = open(true)) {
                    emit(spool, 10 * i, 10 * i + 10);
                    await().until(() -> spool.fault() != null);
                }
            }
            assertThat(log.lines("INFO 30 events wait in the spool")).hasSize(1);
            try (Spool spool = Spool.builder(client).drain(NOT_AT_ALL).open()) {
                emit(spool, 0, 7);
            }
            assertThat(log.lines("ERROR 7 events that waited in memory are lost"))
                    .hasSize(1);
            back();
            try (Spool spool = open(true)) {
                assertThat(log.lines("INFO 30 events wait in " + directory)).hasSize(1);
                awaitSent(spool, 30);
                emit(spool, 30, 40);
            }
        }
        assertThat(stored(source)).isEqualTo(numbers(0, 40));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsRefusedHoldsUpNothingAndIsNotSilent(boolean onDisk) {
        List<RefusedEvent> refused = new CopyOnWriteArrayList<>();
        away();
        try (LogCapture log = LogCapture.of(Spool.class);
                Spool spool = Spool.builder(client)
                        .directory(onDisk ? directory : null)
                        .onRefused(event -> {
                            refused.add(event);
                            throw new IllegalStateException("the handler");
                        })
                        .open()) {
            for (int i = 0; i < 100; i++) {
                if (i % 10 == 3) {
                    spool.emit("eventhandler.not.ours", "x".repeat(i));
                } else {
                    spool.emit("order.placed", i);
                }
            }
            spool.emit("too.large", "x".repeat(2 << 20));
            spool.emit("order.placed", 100);
            back();
            await().until(() -> spool.waiting() == 0);
            assertThat(spool.sent()).isEqualTo(91);
            assertThat(spool.refused()).isEqualTo(11);
            assertThat(refused.getFirst().name()).isEqualTo("eventhandler.not.ours");
            assertThat(refused.getFirst().json()).contains("\"payload\":\"xxx\"", "idempotency_key");
            assertThat(refused.getFirst().status()).isEqualTo(403);
            assertThat(refused.getLast().status()).isEqualTo(413);
            assertThat(log.lines("ERROR the event 'eventhandler.not.ours' is lost, since it was refused: "))
                    .hasSize(10)
                    .first()
                    .asString()
                    .contains("answered 403");
            assertThat(log.lines("what is to be done with the refused event")).hasSize(11);
        }
        assertThat(stored(source))
                .isEqualTo(numbers(0, 101).stream()
                        .filter(n -> Integer.parseInt(n) % 10 != 3)
                        .toList());
    }

    @Test
    void aCredentialThatIsRefusedIsWaitedFor() {
        try (TestReplica guarded = TestReplica.startGuarded(TestDatabase.create())) {
            var token = new String[] {"eh_wrong"};
            try (EventClient guest = EventClient.builder()
                            .url(guarded.uri("/"))
                            .token(() -> token[0])
                            .build();
                    Spool spool = Spool.builder(guest).open()) {
                spool.emit("order.placed", 1);
                await().until(() -> spool.fault() != null);
                assertThat(spool.fault()).contains("answered 401");
                assertThat(spool.refused()).isZero();
                token[0] = TestReplica.ADMIN_KEY;
                awaitSent(spool, 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFullSpoolIsSaidToWhoeverEmitsAndTakesEventsAgainWhenItIsSent(boolean onDisk) {
        away();
        try (Spool spool = Spool.builder(client)
                .directory(onDisk ? directory : null)
                .maxBytes(100_000)
                .open()) {
            int[] accepted = {0};
            assertThatThrownBy(() -> {
                        while (true) {
                            spool.emit("order.placed", accepted[0]);
                            accepted[0]++;
                        }
                    })
                    .isInstanceOf(SpoolFullException.class)
                    .hasMessageContaining("of at most 100,000 bytes, with %,d events", accepted[0])
                    .hasMessageContaining("SPOOL_SIZE");
            assertThat(spool.waiting()).isEqualTo(accepted[0]).isGreaterThan(500);
            assertThat(spool.waitingBytes()).isBetween(99_000L, 100_000L);
            back();
            awaitSent(spool, accepted[0]);
            int all = accepted[0] + accepted[0] / 2;
            emit(spool, accepted[0], all);
            awaitSent(spool, all);
            assertThat(stored(source)).isEqualTo(numbers(0, all));
            if (onDisk) {
                assertThat(files()).as("what is sent is removed").hasSizeLessThan(3);
            }
            assertThatThrownBy(() -> spool.emit("order.placed", "x".repeat(100_000)))
                    .isInstanceOf(SpoolFullException.class);
        }
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".events"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A process that was killed while it wrote leaves a part of a record, one that lost its power also zeros. */
    @ParameterizedTest
    @ValueSource(strings = {"\0\0\0", "\0\0\0\0\0\0\0\0\0\0\0\0", "\0\0\0\5abcd{}", "\0\0\0\2abcd{}", "\177abcdefgh"})
    void whatWasNotWrittenWholeIsCutOff(String tail) throws IOException {
        away();
        try (Spool spool =
                Spool.builder(client).directory(directory).drain(NOT_AT_ALL).open()) {
            emit(spool, 0, 5);
        }
        Path last = files().getLast();
        Files.writeString(last, tail, StandardOpenOption.APPEND);
        back();
        try (LogCapture log = LogCapture.of(Segment.class);
                Spool spool = Spool.builder(client).directory(directory).open()) {
            assertThat(log.lines("WARN " + last + " ends in " + tail.length() + " bytes"))
                    .hasSize(1);
            emit(spool, 5, 10);
            awaitSent(spool, 10);
        }
        assertThat(stored(source)).isEqualTo(numbers(0, 10));
    }

    /** The number of what is acknowledged may be lost with the machine's power. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsSentAgainIsStoredOnce(boolean isGone) throws IOException {
        try (Spool spool = Spool.builder(client).directory(directory).open()) {
            emit(spool, 0, 5);
            awaitSent(spool, 5);
        }
        Path position = directory.resolve("position");
        if (isGone) {
            Files.delete(position);
        } else {
            Files.writeString(position, "nonsense....");
        }
        try (Spool spool = Spool.builder(client).directory(directory).open()) {
            awaitSent(spool, 5);
            emit(spool, 5, 10);
            awaitSent(spool, 10);
        }
        assertThat(stored(source)).isEqualTo(numbers(0, 10));
    }

    @Test
    void aDirectoryIsOfOneProcessAlone() throws Exception {
        Process other = EmittingProcess.start(URI.create("http://127.0.0.1:1"), directory, 0, source);
        try {
            assertThat(other.inputReader().readLine()).isNotNull();
            assertThatThrownBy(() -> Spool.builder(client).directory(directory).open())
                    .hasMessage(
                            "the spool %s is in use by another service: give each a directory of its own (SPOOL), or end the other one",
                            directory);
        } finally {
            other.destroyForcibly().waitFor();
        }
        try (Spool spool =
                Spool.builder(client).directory(directory).drain(NOT_AT_ALL).open()) {
            assertThat(spool.waiting()).isPositive();
            assertThatThrownBy(() -> Spool.builder(client).directory(directory).open())
                    .hasMessageContaining("in use");
        }
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> Spool.builder(client).directory(file).open())
                .hasMessageStartingWith("the spool %s can't be used: ", file)
                .hasMessageEndingWith("SPOOL must be a directory that the service may write to");
    }

    @Test
    void whatCanBeNoEventIsRefusedAtOnceAndAClosedSpoolTakesNothing() {
        Spool spool = open(true);
        assertThatThrownBy(() -> spool.emit("not a name", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("white space");
        List<Object> circle = new ArrayList<>();
        circle.add(circle);
        assertThatThrownBy(() -> spool.emit("circle", circle))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("can't be written as JSON");
        assertThatThrownBy(() -> spool.emit(new NewEvent("a", "b", "1".getBytes(UTF_8), null, "")))
                .hasMessageContaining("idempotency key");
        assertThat(spool.accepted()).isZero();
        spool.close();
        spool.close();
        assertThatThrownBy(() -> spool.emit("order.placed", 1)).hasMessage("the spool is closed");
    }

    /** Several lives of a process, each killed while it emits, once with the service away. */
    @Test
    void whatAKilledProcessHadAcceptedArrivesOnceAndInOrder() throws Exception {
        List<Integer> accepted = new ArrayList<>();
        for (int life = 0; life < 3; life++) {
            if (life == 1) {
                away();
            } else {
                back();
            }
            int first = life * 1_000_000;
            Process process =
                    EmittingProcess.start(URI.create("http://127.0.0.1:" + way.port()), directory, first, source);
            try (BufferedReader lines = process.inputReader()) {
                for (int i = 0; i < 300; i++) {
                    accepted.add(Integer.parseInt(lines.readLine()));
                }
                process.toHandle().destroyForcibly(); // which leaves its output open
                lines.lines()
                        .filter(line -> line.matches("\\d+"))
                        .map(Integer::valueOf)
                        .forEach(accepted::add);
            } finally {
                process.destroyForcibly();
            }
        }
        back();
        try (Spool spool = Spool.builder(client).directory(directory).open()) {
            await().until(() -> spool.waiting() == 0);
        }
        List<Integer> stored = stored(source).stream().map(Integer::valueOf).toList();
        Set<Integer> distinct = new HashSet<>(stored);
        assertThat(stored).hasSameSizeAs(distinct);
        assertThat(distinct).containsAll(accepted);
        for (int thread = 0; thread < EmittingProcess.THREADS; thread++) {
            int remainder = thread;
            assertThat(stored.stream().filter(n -> n % EmittingProcess.THREADS == remainder))
                    .isSorted();
        }
        assertThat(stored).hasSizeLessThanOrEqualTo(accepted.size() + 3 * EmittingProcess.THREADS);
    }
}
