package io.eventhandler.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestLog;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Streams of the history whose clients, or whose database, behave badly. */
class ExportTest {

    private static final String END = "\r\n0\r\n\r\n"; // of a chunked body, with the chunk before it

    private final TestLog log = TestLog.create(1_000);
    private final TestDatabase database = log.database();

    /** More than sockets hold: a page is two events. */
    private TestReplica startWithLargeEvents(String... settings) {
        database.query(log.appending(30, "'large'", "to_jsonb(repeat('x', 500000))", "'test'"));
        return TestReplica.start(database, settings);
    }

    private static Socket open(TestReplica replica, String query) throws IOException {
        return open(replica, query, "application/x-ndjson");
    }

    private static Socket open(TestReplica replica, String query, String accept) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.setSoTimeout(15_000);
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), replica.service().port()));
        socket.getOutputStream()
                .write("GET /events?%s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n\r\n"
                        .formatted(query, accept)
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 200");
        return socket;
    }

    /** What comes up to the end of the chunked body, or of the connection. */
    private static String rest(Socket socket) throws IOException {
        var text = new StringBuilder();
        byte[] buffer = new byte[64 << 10];
        InputStream in = socket.getInputStream();
        try {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                text.append(new String(buffer, 0, n, StandardCharsets.US_ASCII));
                if (text.indexOf(END, Math.max(0, text.length() - END.length())) >= 0) {
                    break;
                }
            }
        } catch (SocketException e) {
            text.append("reset");
        }
        return text.toString();
    }

    private static Answer export(TestReplica replica) {
        return TestReplica.send(HttpRequest.newBuilder(replica.uri("/events?event_name=none"))
                .header("Accept", "application/x-ndjson"));
    }

    @Test
    void aClientThatDoesNotReadHoldsNoConnectionAndOneOfTheExports() throws IOException {
        try (TestReplica replica = startWithLargeEvents("MAX_EXPORTS", "1", "HISTORY_POOL_SIZE", "1");
                Socket slow = open(replica, "order=asc")) {
            assertThat(replica.get("/events?limit=1").status()).isEqualTo(200);
            Answer second = export(replica);
            assertThat(second.status()).isEqualTo(503);
            assertThat(second.header("Retry-After")).isEqualTo("1");
            assertThat(second.message())
                    .isEqualTo("1 exports of the history are on their way, more are not served at once");
            await().until(() -> database.queryLong("""
                            SELECT count(*) FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name LIKE 'eventhandler-history-%'
                              AND state <> 'idle'""") == 0);
            String text = rest(slow);
            assertThat(text).endsWith(END).hasSizeGreaterThan(30 * 500_000);
            await().until(() -> export(replica).status() == 200);
        }
    }

    @Test
    void aClientThatReadsNothingForTooLongIsEnded() throws IOException {
        try (TestReplica replica = startWithLargeEvents("MAX_EXPORTS", "1", "EXPORT_STALL_TIMEOUT", "300ms");
                Socket stalled = open(replica, "order=asc")) {
            await().until(() -> export(replica).status() == 200);
            assertThat(rest(stalled)).doesNotEndWith(END);
        }
    }

    @Test
    void pagesThatAreNotReadHoldNoMoreThanTheirBudget() throws IOException {
        try (TestReplica replica =
                startWithLargeEvents("MAX_HISTORY_SIZE", "12MiB", "HISTORY_POOL_SIZE", "2")) { // a page has 8.5 MB
            try (Socket slow = open(replica, "limit=100", "application/json")) {
                for (String path : List.of("/events?limit=100", "/events?limit=100&order=asc")) {
                    Answer refused = replica.get(path);
                    assertThat(refused.status()).isEqualTo(503);
                    assertThat(refused.header("Retry-After")).isEqualTo("1");
                    assertThat(refused.header("Link")).isEmpty();
                    assertThat(refused.message())
                            .isEqualTo("too many answers of the history are being read now, try again");
                }
                assertThat(replica.get("/events?limit=1").status()).isEqualTo(200);
                assertThat(replica.get("/events/1").status()).isEqualTo(200);
                assertThat(export(replica).status()).isEqualTo(200);
                assertThat(slow.isClosed()).isFalse();
            }
            await().until(() -> replica.get("/events?limit=100").status() == 200);
            String whole = replica.get("/events?limit=100").body();
            assertThat(whole).hasSizeGreaterThan(8_000_000).endsWith("]}");
        }
        try (TestReplica replica = TestReplica.start(database, "MAX_HISTORY_SIZE", "1MiB")) {
            for (int n = 0; n < 3; n++) { // one that is larger than all there is takes all, and gives it back
                assertThat(replica.get("/events?limit=100").status()).isEqualTo(200);
                assertThat(export(replica).status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aPageThatBreaksOffDoesNotLookWhole() throws IOException {
        try (TestReplica replica = startWithLargeEvents()) {
            Socket slow = open(replica, "limit=100", "application/json");
            slow.close();
            await().until(() -> replica.get("/metrics")
                    .body()
                    .lines()
                    .anyMatch(line ->
                            line.startsWith("eventhandler_history_seconds_count{kind=\"page\",outcome=\"failed\"}")
                                    && line.endsWith(" 1")));
        }
    }

    @Test
    void aClientThatHasGoneIsReadForNoMore() throws IOException {
        try (TestReplica replica = startWithLargeEvents("MAX_EXPORTS", "1")) {
            open(replica, "order=asc").close();
            await().until(() -> export(replica).status() == 200);
        }
    }

    @Test
    void aFailureInTheMiddleEndsTheConnectionWithoutTheBodysEnd() throws IOException {
        try (TestReplica replica = startWithLargeEvents();
                Socket slow = open(replica, "order=asc")) {
            database.execute("ALTER TABLE events RENAME TO events_away");
            assertThat(rest(slow)).contains("\"id\":1,").doesNotEndWith(END);
            database.execute("ALTER TABLE events_away RENAME TO events");
        }
    }

    @Test
    void anExportThatRetentionOvertakesFailsRatherThanSkips() throws IOException {
        try (TestReplica replica = startWithLargeEvents();
                Socket slow = open(replica, "order=asc");
                Socket newestFirst = open(replica, "")) {
            database.execute("DELETE FROM events WHERE id < 31");
            assertThat(rest(slow))
                    .contains("\"id\":1,")
                    .doesNotContain("\"id\":31,")
                    .doesNotEndWith(END);
            assertThat(rest(newestFirst)).contains("\"id\":31,").endsWith(END);
        }
    }

    @Test
    void aConnectionServesFurtherRequestsAfterAnExport() throws IOException {
        log.append(2_500);
        try (TestReplica replica = TestReplica.start(database, "EXPORT_STALL_TIMEOUT", "100ms");
                Socket socket = open(replica, "order=asc")) {
            assertThat(rest(socket).lines().filter(line -> line.startsWith("{")))
                    .hasSize(2_501);
            socket.getOutputStream()
                    .write("GET /events/7 HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
        }
    }

    @Test
    void slowQueriesEndAndHoldUpOnlyTheirLike() throws Exception {
        database.execute("""
                CREATE OR REPLACE FUNCTION events_first_since(moment timestamptz) RETURNS bigint
                LANGUAGE sql AS 'SELECT 1 FROM pg_sleep(20)'""");
        try (TestReplica replica = TestReplica.start(database, "HISTORY_POOL_SIZE", "1", "HISTORY_TIMEOUT", "3500ms");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var slow = threads.submit(() -> replica.get("/events?since=2026-01-01T00:00:00Z"));
            await().until(() -> database.queryLong("""
                            SELECT count(*) FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event = 'PgSleep'""") == 1);
            var waiting = threads.submit(() -> replica.get("/events"));
            assertThat(replica.publish("a", "1").status()).isEqualTo(200);
            assertThat(waiting.get().status()).isEqualTo(503);
            assertThat(waiting.get().header("Retry-After")).isEqualTo("1");
            assertThat(waiting.get().message()).isEqualTo("too many queries of the history run now, try again");
            assertThat(slow.get().status()).isEqualTo(504);
            assertThat(slow.get().message())
                    .isEqualTo(
                            "the query took too long: narrow it by event_name, after and before, or since and until");
            assertThat(replica.get("/events").status()).isEqualTo(200);
        }
    }
}
