package io.eventhandler.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.eventhandler.testing.Browser;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestLog;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.Tool;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of docs/clients.md do what it says, as they stand there. */
class RecipesTest {

    /**
     * How the programs of a language are run.
     *
     * @param first the number of its first order
     * @param file its position
     * @param position how it is written, with the id and the epoch
     */
    private record Language(
            Tool tool,
            List<String> options,
            int first,
            String publish,
            String subscribe,
            String file,
            String position) {

        List<String> command(String program) {
            String runner = tool == Tool.CURL ? "bash" : tool.path().toString();
            return Stream.of(List.of(runner), options, List.of(program))
                    .flatMap(List::stream)
                    .toList();
        }
    }

    private static final String JSON = "{\"id\": %d, \"epoch\": \"%s\"}";

    private static final List<Language> LANGUAGES = List.of(
            new Language(Tool.PYTHON, List.of(), 1_000, "publish.py", "subscribe.py", "position.json", JSON),
            new Language(
                    Tool.NODE,
                    List.of("--experimental-websocket"),
                    2_000,
                    "publish.mjs",
                    "subscribe.mjs",
                    "position.json",
                    JSON),
            new Language(Tool.CURL, List.of(), 3_000, "publish.sh", "follow.sh", "position", "%d %s\n"));

    private static final int BURST = 10;
    private static final int ORDERS = 2 * BURST;
    private static final int OWN_ORDERS = 9_000;
    private static final Pattern ORDER = Pattern.compile("\"order_id\": ?(\\d+)");

    private static TestDatabase database;
    private static TestReplica replica;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        TestLog log = TestLog.create(1_000);
        log.append(1); // of which the replica knows only that it was there
        database = log.database();
        replica = TestReplica.startGuarded(database, "HEARTBEAT", "100ms", "ALLOWED_ORIGINS", "*")
                .as(TestReplica.ADMIN_KEY);
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    /** A program of the document, which begins with its name. */
    private static String program(String name) throws IOException {
        var program = Pattern.compile(
                        "(?ms)^```\\w+\\n((?:[#<]![^\\n]*\\n)?\\S+ " + Pattern.quote(name) + ": .*?)^```$")
                .matcher(Files.readString(Path.of("docs/clients.md")));
        assertThat(program.find()).as(name).isTrue();
        return program.group(1);
    }

    /** A program that runs; what it writes is kept over its lives. */
    private final class Program implements AutoCloseable {

        private final Language language;
        private final String name;
        private final int port;
        private Process process;
        private Writer input;

        /**
         * @param port where it finds the service
         */
        Program(Language language, String name, int port) throws IOException {
            this.language = language;
            this.name = name;
            this.port = port;
            Files.createDirectories(home());
            Files.writeString(home().resolve(name), program(name));
            start();
        }

        private Path home() {
            return directory.resolve(language.tool().name());
        }

        Path position() {
            return home().resolve(language.file());
        }

        void start() throws IOException {
            var builder = new ProcessBuilder(language.command(name))
                    .directory(home().toFile())
                    .redirectOutput(Redirect.appendTo(file("out").toFile()))
                    .redirectError(Redirect.appendTo(file("err").toFile()));
            builder.environment().put("EVENT_HANDLER_URL", "http://127.0.0.1:" + port);
            builder.environment().put("EVENT_HANDLER_TOKEN", TestReplica.ADMIN_KEY);
            process = builder.start();
            input = process.outputWriter(StandardCharsets.UTF_8);
        }

        private Path file(String kind) {
            return home().resolve(name + "." + kind);
        }

        List<String> lines() throws IOException {
            return Files.readAllLines(file("out"));
        }

        String errors() throws IOException {
            return Files.readString(file("err"));
        }

        /** The orders that it has written, one after the other. */
        List<Integer> orders() throws IOException {
            List<Integer> orders = new ArrayList<>();
            for (String line : lines()) {
                var order = ORDER.matcher(line);
                assertThat(order.find()).as(line).isTrue();
                orders.add(Integer.valueOf(order.group(1)));
            }
            return orders;
        }

        void awaitOrder(int order) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(orders()).as(errors()).contains(order));
        }

        void awaitError(String text) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(errors()).contains(text));
        }

        void send(int order) throws IOException {
            input.write("{\"order_id\": %d}\n".formatted(order));
            input.flush();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        /** Its status when it has read all its input. */
        int end() throws IOException, InterruptedException {
            input.close();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(name + " ends").isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static long head() {
        return database.queryLong("SELECT events_head()");
    }

    private static String epoch() {
        return replica.get("/events?limit=1").header("Log-Epoch");
    }

    private static long place(int order) {
        TestReplica.Answer answer = replica.publish("order.placed", "{\"order_id\": %d}".formatted(order));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.eventId();
    }

    /** The orders in the log behind this id. */
    private static List<Integer> stored(long after) {
        List<Integer> orders = new ArrayList<>();
        replica.get("/events?event_name=order.placed&limit=1000&after=" + after)
                .json()
                .get("data")
                .forEach(event -> orders.add(event.at("/payload/order_id").intValue()));
        return orders;
    }

    private static List<Integer> from(int first, int count) {
        return IntStream.range(first, first + count).boxed().toList();
    }

    /** The programs of a language, which find the service where their connections can be cut. */
    private final class Pair implements AutoCloseable {

        private final int first;
        private final TcpProxy forPublisher = new TcpProxy(replica.service().port());
        private final TcpProxy forSubscriber = new TcpProxy(replica.service().port());
        private final Program publisher;
        private final Program subscriber;

        Pair(Language language) throws IOException {
            first = language.first();
            publisher = new Program(language, language.publish(), forPublisher.port());
            subscriber = new Program(language, language.subscribe(), forSubscriber.port());
        }

        /** Has an order published, while connections are cut and programs killed. */
        void publish(int number) throws Exception {
            if (number % BURST == BURST / 2) {
                forPublisher.cutAnswerTo("order.placed " + (first + number));
                forSubscriber.cut();
            }
            publisher.send(first + number);
            switch (number) {
                case BURST + 2 -> subscriber.kill();
                case BURST + 4 -> subscriber.start();
                case BURST + 7 -> {
                    publisher.kill();
                    publisher.start(); // and is given all orders again
                    for (int again = 0; again <= number; again++) {
                        publisher.send(first + again);
                    }
                }
                default -> {}
            }
        }

        void awaitHandled(int number) {
            subscriber.awaitOrder(first + number);
            assertThat(forPublisher.hasCut()).isTrue();
        }

        @Override
        public void close() {
            publisher.close();
            subscriber.close();
            forPublisher.close();
            forSubscriber.close();
        }
    }

    @Test
    @Needs({Tool.PYTHON, Tool.NODE, Tool.CURL})
    void eachOrderIsStoredOnceAndHandledOnce() throws Exception {
        List<Pair> pairs = new ArrayList<>();
        try {
            for (Language language : LANGUAGES) {
                pairs.add(new Pair(language));
            }
            for (Pair pair : pairs) {
                await().until(() -> Files.exists(pair.subscriber.position()));
            }
            long before = head();
            for (int number = 0; number < ORDERS; number++) {
                for (Pair pair : pairs) {
                    pair.publish(number);
                }
                if (number % BURST == BURST - 1) {
                    for (Pair pair : pairs) {
                        pair.awaitHandled(number);
                    }
                }
            }
            for (Pair pair : pairs) {
                assertThat(pair.publisher.end()).as(pair.publisher.errors()).isZero();
            }
            List<Integer> stored = stored(before);
            assertThat(stored).hasSize(ORDERS * pairs.size());
            for (Pair pair : pairs) {
                assertThat(stored).containsSubsequence(from(pair.first, ORDERS));
                pair.subscriber.awaitOrder(stored.getLast());
                assertThat(handledOnce(pair.subscriber)).isEqualTo(stored);
            }
            goOnWhereTheLogIs(pairs.stream().map(pair -> pair.subscriber).toList());
        } finally {
            pairs.forEach(Pair::close);
        }
    }

    /** The orders that it has handled, but for one that it was killed with and so may have handled again. */
    private static List<Integer> handledOnce(Program subscriber) throws IOException {
        List<Integer> all = subscriber.orders();
        List<Integer> once = new ArrayList<>();
        for (Integer order : all) {
            if (once.isEmpty() || !order.equals(once.getLast())) {
                once.add(order);
            }
        }
        assertThat(all.size() - once.size()).as("repeated in %s", all).isLessThanOrEqualTo(1);
        return once;
    }

    /** The log is reset; then the position is one of another epoch, and what comes next was removed. */
    private static void goOnWhereTheLogIs(List<Program> subscribers) throws Exception {
        long common = head();
        String epoch = epoch();
        place(OWN_ORDERS);
        for (Program subscriber : subscribers) {
            subscriber.awaitOrder(OWN_ORDERS);
        }
        loseAfter(common);
        await().until(() -> !epoch().equals(epoch));
        long earliest = place(OWN_ORDERS + 1);
        for (Program subscriber : subscribers) {
            subscriber.awaitOrder(OWN_ORDERS + 1);
            subscriber.kill();
        }

        database.execute("DELETE FROM events WHERE id < " + earliest);
        for (Program subscriber : subscribers) {
            Files.writeString(
                    subscriber.position(), subscriber.language.position().formatted(0, "gone"));
            subscriber.start();
        }
        for (Program subscriber : subscribers) {
            subscriber.awaitError("is of epoch 'gone'");
            subscriber.awaitError("the earliest event that is kept is " + earliest);
        }
        place(OWN_ORDERS + 2);
        for (Program subscriber : subscribers) {
            subscriber.awaitOrder(OWN_ORDERS + 2);
            assertThat(subscriber.orders()).endsWith(OWN_ORDERS, OWN_ORDERS + 1, OWN_ORDERS + 1, OWN_ORDERS + 2);
        }
    }

    private static void loseAfter(long id) {
        database.execute("DELETE FROM events WHERE id > " + id, "SELECT setval('events_head_hint', %d)".formatted(id));
    }

    @Test
    @Needs({Tool.PYTHON, Tool.NODE, Tool.CURL})
    void aPublisherTriesAgainUntilItIsRefused() throws Exception {
        List<Refusing> services = new ArrayList<>();
        try {
            for (Language language : LANGUAGES) {
                services.add(new Refusing(language));
            }
            for (Refusing service : services) {
                service.awaitRefused();
            }
        } finally {
            services.forEach(Refusing::close);
        }
    }

    /** A service that can't take an event now, then refuses it, and the publisher of a language. */
    private final class Refusing implements AutoCloseable {

        private static final List<Integer> ANSWERS = List.of(503, 429, 408, 422);

        private final List<String> requests = new CopyOnWriteArrayList<>();
        private final HttpServer server = serve("/publish", this::refuse);
        private final Program publisher;

        Refusing(Language language) throws IOException {
            publisher = new Program(
                    language, language.publish(), server.getAddress().getPort());
            publisher.send(7);
        }

        private void refuse(HttpExchange exchange) throws IOException {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(exchange.getRequestHeaders().getFirst("Idempotency-Key") + body);
            exchange.getResponseHeaders().add("Retry-After", requests.size() == 1 ? "1" : "soon");
            answer(exchange, ANSWERS.get(requests.size() - 1), "no such thing");
        }

        void awaitRefused() throws Exception {
            assertThat(publisher.end()).as(publisher.errors()).isEqualTo(1);
            assertThat(publisher.errors()).contains("order.placed 7 is refused", "422", "no such thing");
            assertThat(publisher.lines()).isEmpty();
            assertThat(requests).hasSameSizeAs(ANSWERS).containsOnly(requests.getFirst());
            assertThat(requests.getFirst()).contains("order.placed 7");
        }

        @Override
        public void close() {
            publisher.close();
            server.stop(0);
        }
    }

    private static HttpServer serve(String path, HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(path, handler);
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Test
    @Needs(Tool.CHROMIUM)
    void thePageShowsEachOrderOnce() throws Exception {
        String page = program("orders.html");
        try (var proxy = new TcpProxy(replica.service().port());
                var browser = new Browser()) {
            HttpServer own = serve("/", exchange -> {
                boolean session = exchange.getRequestURI().getPath().equals("/session");
                exchange.getResponseHeaders().add("Content-Type", session ? "application/json" : "text/html");
                answer(
                        exchange,
                        200,
                        session
                                ? "{\"service\":\"http://127.0.0.1:%d\",\"token\":\"%s\"}"
                                        .formatted(proxy.port(), TestReplica.ADMIN_KEY)
                                : page);
            });
            try {
                place(4_000);
                place(4_001);
                browser.page().navigate("http://127.0.0.1:" + own.getAddress().getPort());
                awaitShown(browser, 4_001);
                for (int order = 4_002; order < 4_006; order++) {
                    place(order);
                    if (order == 4_003) {
                        awaitShown(browser, order);
                        proxy.cut();
                    }
                }
                awaitShown(browser, 4_005);
                assertThat(shown(browser).subList(0, 6))
                        .isEqualTo(from(4_000, 6).reversed());

                long common = head();
                String epoch = epoch();
                place(4_006);
                awaitShown(browser, 4_006);
                loseAfter(common);
                await().until(() -> !epoch().equals(epoch));
                place(4_007);
                awaitShown(browser, 4_007);
                assertThat(shown(browser).subList(0, 3)).containsExactly(4_007, 4_005, 4_004);
                assertThat(shown(browser)).doesNotHaveDuplicates();
            } finally {
                own.stop(0);
            }
        }
    }

    private static List<Integer> shown(Browser browser) {
        return browser.page().locator("#orders > li").allTextContents().stream()
                .map(text -> Integer.valueOf(text.replaceAll("\\D", "")))
                .toList();
    }

    private static void awaitShown(Browser browser, int order) {
        await().pollInSameThread()
                .atMost(Duration.ofSeconds(30))
                .until(() -> !shown(browser).isEmpty() && shown(browser).getFirst() == order);
    }
}
