package io.eventhandler.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
import io.eventhandler.testing.Browser;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pages of other origins in a browser: one that is not allowed reaches nothing, one that is reaches all. */
@Needs(Tool.CHROMIUM)
class OtherPagesTest {

    private static final TestDatabase DATABASE = TestDatabase.create();

    /** Says how a WebSocket, an event stream, and publishing in the ways that a browser does not ask about first, end. */
    private static final String ATTEMPT = """
            async (service) => {
              const opens = source => new Promise(resolve => {
                source.onopen = () => resolve('open');
                source.onerror = () => resolve('refused');
              });
              const socket = new WebSocket(service.replace('http', 'ws') + '/ws', ['eventhandler']);
              const socketEnds = opens(socket);
              const stream = new EventSource(service + '/events/stream');
              const streamEnds = opens(stream);
              const sent = (options) => fetch(service + '/publish', { method: 'POST', ...options })
                .then(answer => answer.type === 'opaque' ? 'opaque' : answer.status + ' ' + answer.headers.get('Event-Id'))
                .catch(() => 'refused');
              const event = '{"event_name":"page.a","payload":1}';
              const results = {
                socket: await socketEnds,
                stream: await streamEnds,
                blob: await sent({ body: new Blob([event]), mode: 'no-cors' }),
                text: await sent({ body: event, mode: 'no-cors' }),
                json: await sent({ body: event, headers: { 'Content-Type': 'application/json' } }),
                beacon: String(navigator.sendBeacon(service + '/publish', new Blob([event]))),
                read: await fetch(service + '/events').then(answer => String(answer.status)).catch(() => 'refused'),
              };
              socket.close();
              stream.close();
              return results;
            }""";

    /** Opens a WebSocket and an event stream with a ticket for each, then both again with the same. */
    private static final String WITH_TICKETS = """
            async ({ service, token }) => {
              const ends = source => new Promise(resolve => {
                source.onopen = () => { source.close(); resolve('open'); };
                source.onerror = () => resolve('refused');
              });
              const ticket = async () => (await (await fetch(service + '/tickets', {
                method: 'POST', headers: { Authorization: 'Bearer ' + token }
              })).json()).data.ticket;
              const socket = service.replace('http', 'ws') + '/ws?ticket=' + await ticket();
              const stream = service + '/events/stream?ticket=' + await ticket();
              return [
                await ends(new WebSocket(socket)), await ends(new EventSource(stream)),
                await ends(new WebSocket(socket)), await ends(new EventSource(stream)),
              ];
            }""";

    private static HttpServer elsewhere;
    private static Browser browser;

    @BeforeAll
    static void start() throws IOException {
        elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        elsewhere.createContext("/", exchange -> {
            byte[] page = "<!doctype html><title>elsewhere</title>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        elsewhere.start();
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        browser.close();
        elsewhere.stop(0);
    }

    private static String origin() {
        return "http://localhost:" + elsewhere.getAddress().getPort();
    }

    private static Object attempt(TestReplica replica) {
        Page page = browser.page();
        page.navigate(origin());
        String service = replica.uri("").toString();
        return page.evaluate(ATTEMPT, service);
    }

    @Test
    void aPageThatIsNotAllowedReachesNothing() {
        try (TestReplica replica = TestReplica.start(DATABASE)) {
            long head = DATABASE.queryLong("SELECT events_head()");
            assertThat(attempt(replica))
                    .isEqualTo(Map.of(
                            "socket", "refused",
                            "stream", "refused",
                            "blob", "opaque",
                            "text", "opaque",
                            "json", "refused",
                            "beacon", "true",
                            "read", "refused"));
            assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(head);
        }
    }

    @Test
    void aPageOpensItsConnectionsWithTickets() {
        String admin = TestReplica.ADMIN_KEY;
        try (TestReplica replica = TestReplica.startGuarded(DATABASE, "ALLOWED_ORIGINS", origin())) {
            Page page = browser.page();
            page.navigate(origin());
            assertThat(page.evaluate(
                            WITH_TICKETS, Map.of("service", replica.uri("").toString(), "token", admin)))
                    .isEqualTo(List.of("open", "open", "refused", "refused"));
        }
    }

    @Test
    void aPageThatIsAllowedReachesAllButPublishesOnlyWhatItDeclares() {
        try (TestReplica replica = TestReplica.start(DATABASE, "ALLOWED_ORIGINS", origin())) {
            long head = DATABASE.queryLong("SELECT events_head()");
            assertThat(attempt(replica))
                    .isEqualTo(Map.of(
                            "socket", "open",
                            "stream", "open",
                            "blob", "opaque",
                            "text", "opaque",
                            "json", "200 " + (head + 1),
                            "beacon", "true",
                            "read", "200"));
            assertThat(DATABASE.queryLong("SELECT events_head()")).isEqualTo(head + 1);
        }
    }
}
