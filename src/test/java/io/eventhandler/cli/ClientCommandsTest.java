package io.eventhandler.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.HistorySelection;
import io.eventhandler.event.NewEvent;
import io.eventhandler.testing.CommandRun;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.Tool;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands that talk to a service, each run as a process of its own. */
class ClientCommandsTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static TestReplica replica;
    private static Map<String, String> service;

    @TempDir
    Path home;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
        service = Map.of("EVENT_HANDLER_URL", url(replica));
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static String url(TestReplica of) {
        return "http://127.0.0.1:" + of.service().port();
    }

    private CommandRun run(String... arguments) throws IOException, InterruptedException {
        return CommandRun.of(home, service, arguments);
    }

    private static List<String> ids(CommandRun run) {
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out().lines().toList();
    }

    /** Runs a script for bash, in which {@code eh} is the command line. */
    private CommandRun bash(String script) throws IOException, InterruptedException {
        String quoted = CommandRun.command().stream()
                .map(part -> "'" + part.replace("'", "'\\''") + "'")
                .reduce((a, b) -> a + " " + b)
                .orElseThrow();
        return CommandRun.ofProcess(
                home, service, "", List.of("bash", "-c", "eh() { " + quoted + " \"$@\"; }\n" + script));
    }

    @Test
    void publishStoresAnEventFromItsArgumentsAFileOrItsInput() throws Exception {
        Files.writeString(home.resolve("payload.json"), "{\n \"number\": 2\n}\n");
        List<String> ids = new ArrayList<>();
        ids.addAll(ids(run(
                "publish", "p.one", "{\"number\":1}", "--source", "shop", "--metadata", "a=1", "--metadata", "b=x y")));
        ids.addAll(ids(run("publish", "p.two", "@payload.json")));
        ids.addAll(ids(CommandRun.withInput(home, service, "[3]", "publish", "p.three", "-")));
        ids.addAll(ids(run("publish", "p.none")));
        assertThat(ids(run("publish", "p.key", "1", "--key", "k")))
                .isEqualTo(ids(run("publish", "p.key", "1", "--key", "k")));

        List<String> lines =
                ids(run("events", "p.*", "--template", "{id} {event_name} {source} {payload} {metadata.b}"));
        assertThat(lines.subList(0, 4))
                .containsExactly(
                        ids.get(0) + " p.one shop {\"number\": 1} x y",
                        ids.get(1) + " p.two api {\"number\": 2} ",
                        ids.get(2) + " p.three api [3] ",
                        ids.get(3) + " p.none api null ");
        assertThat(lines).hasSize(5);
    }

    @Test
    void aBatchIsStoredAsAWholeOrNotAtAll() throws Exception {
        Path file = home.resolve("batch.ndjson");
        Files.writeString(file, """
                {"event_name":"b.one","payload":1}

                {"event_name":"b.two","payload":{"n":[2]},"source":"shop","metadata":{"m":"x"},"idempotency_key":"b2"}
                """);
        List<String> ids = ids(run("publish", "--batch", "batch.ndjson"));
        assertThat(ids(run("events", "b.*", "--template", "{id}{{}}{payload.n.0}{metadata.m}")))
                .containsExactly(ids.get(0) + "{}", ids.get(1) + "{}2x");

        Files.writeString(file, "{\"event_name\":\"b.three\",\"payload\":1}\n{\"event_name\":\"b.*\",\"payload\":1}\n");
        assertThat(run("publish", "--batch", "batch.ndjson").err()).contains("422: the event at index 1");
        Files.writeString(file, "{\"event_name\":\"b.three\",\"payload\":1}\n{\"event_name\":\"b.four\"}\n");
        assertThat(run("publish", "--batch", "batch.ndjson"))
                .isEqualTo(new CommandRun(1, "", "publish: line 2: it must have the members event_name and payload\n"));
        assertThat(ids(run("events", "b.*"))).hasSize(2);
    }

    @Test
    void whatIsWrongIsSaidInOneLine() throws Exception {
        assertThat(run("publish", "w.one", "text"))
                .isEqualTo(
                        new CommandRun(
                                2,
                                "",
                                "publish: the payload is not JSON (Unrecognized token: was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')); a text is '\"in quotes\"'\n"));
        assertThat(run("publish", "w.one", "@missing"))
                .isEqualTo(
                        new CommandRun(1, "", "publish: missing can't be read: there is no such file or directory\n"));
        assertThat(run("publish", "w one").err()).startsWith("publish: refused: the service answered 422: ");
        assertThat(run("tail", "w..x").status()).isEqualTo(2);
        assertThat(run("tail", "--last", "1", "--after", "2").status()).isEqualTo(2);
        assertThat(run("tail", "--url", "http://127.0.0.1:1"))
                .isEqualTo(new CommandRun(1, "", "tail: http://127.0.0.1:1 can't be reached: Connection refused\n"));
        assertThat(run("events", "--since", "yesterday").err())
                .contains("'yesterday' is neither a time such as")
                .endsWith("'event-handler events --help' shows what there is\n");
        assertThat(run("events", "--template", "{name}").err()).contains("not {name}");
        assertThat(run("events", "--after", "x").status()).isEqualTo(2);
        assertThat(run("bench", "--seconds", "0").err()).isEqualTo("bench: --seconds is from 1 to 600, not 0\n");
        assertThat(ids(run("events", "w.>"))).isEmpty();
        try (TestReplica guarded = TestReplica.startGuarded(TestDatabase.create())) {
            for (String command : List.of("tail", "events", "publish")) {
                CommandRun refused = CommandRun.of(home, Map.of("EVENT_HANDLER_URL", url(guarded)), command, "w.one");
                assertThat(refused.status()).isEqualTo(1);
                assertThat(refused.err())
                        .contains("401")
                        .endsWith(": it needs a credential, give --token or set EVENT_HANDLER_TOKEN\n");
            }
        }
    }

    @Test
    void theHistoryIsSelectedAndPrintedAsOtherProgramsReadIt() throws Exception {
        for (int i = 0; i < 5; i++) {
            replica.publish("h.n" + i % 2, "{\"text\":\"\\u001b[1m\\n\",\"n\":" + i + "}");
        }
        List<String> lines = ids(run("events", "h.n0", "--since", "1h"));
        assertThat(lines).hasSize(3);
        JsonNode first = JSON.readTree(lines.getFirst());
        assertThat(first.get("payload").get("n").intValue()).isZero();
        assertThat(first.get("source").stringValue()).isEqualTo("api");
        assertThat(ids(run(
                        "events",
                        "h.*",
                        "--after",
                        first.get("id").toString(),
                        "--limit",
                        "2",
                        "--template",
                        "{payload.n}\\t{payload.text}")))
                .containsExactly("1\t\\u001b[1m\\n", "2\t\\u001b[1m\\n");
        assertThat(ids(run("events", "h.*", "--until", "1h"))).isEmpty();
        assertThat(ids(run("tail", "h.n1", "--until-head", "--template", "{payload.n}")))
                .containsExactly("1", "3");

        // As programs do that a signal ends: nothing is said, and the shell sees which one it was.
        replica.publish("h.large", '"' + "x".repeat(200_000) + '"');
        CommandRun ended = bash("eh events 'h.*' --json | head -1; echo ${PIPESTATUS[0]}");
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out().lines().toList()).hasSize(2).last().isEqualTo("141");
        CommandRun full = bash("eh events > /dev/full");
        assertThat(full.status()).isEqualTo(1);
        assertThat(full.err()).startsWith("events: standard output can't be written: ");
    }

    private Process start(Map<String, String> environment, List<String> command) throws IOException {
        var builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().put("HOME", home.toString());
        return builder.start();
    }

    private static List<String> command(String... arguments) {
        List<String> command = CommandRun.command();
        command.addAll(List.of(arguments));
        return command;
    }

    @Test
    void tailGoesOnWhereItWasWhenItsConnectionBreaks() throws Exception {
        long first = replica.publish("t.one", "{\n\"n\":1}").eventId();
        try (var proxy = new TcpProxy(replica.service().port())) {
            Process tail = start(
                    Map.of("EVENT_HANDLER_URL", "http://127.0.0.1:" + proxy.port()),
                    command("tail", "t.*", "--since", "1h"));
            try (BufferedReader lines = tail.inputReader(UTF_8)) {
                assertThat(lines.readLine())
                        .matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z " + first + " t\\.one api \\{ ?\"n\": ?1}");
                for (int i = 2; i < 6; i++) {
                    proxy.cut();
                    long id = replica.publish("t.next", "{\r\n\"n\":" + i + "}").eventId();
                    assertThat(lines.readLine())
                            .contains(" " + id + " t.next api {")
                            .endsWith(i + "}");
                }
            } finally {
                tail.destroy();
            }
            assertThat(tail.waitFor()).isEqualTo(143);
        }
    }

    @Test
    @Needs(Tool.SCRIPT)
    void aTerminalShowsColours() throws Exception {
        replica.publish("c.one", "\"\u009b1m\"");
        String tail = String.join(" ", command("tail", "'c.*'", "--last", "1"));
        for (Map.Entry<String, String> shown : Map.of(
                        tail,
                        " \u001b[1;36mc.one\u001b[0m \u001b[32mapi\u001b[0m \"\\u009b1m\"",
                        "NO_COLOR=1 " + tail,
                        " c.one api \"\\u009b1m\"",
                        tail + " | cat",
                        " c.one api \"\\u009b1m\"")
                .entrySet()) {
            Process terminal =
                    start(service, List.of(Tool.SCRIPT.path().toString(), "-qefc", shown.getKey(), "/dev/null"));
            try (BufferedReader lines = terminal.inputReader(UTF_8)) {
                assertThat(lines.readLine()).endsWith(shown.getValue());
            } finally {
                terminal.descendants().forEach(ProcessHandle::destroy);
                terminal.destroy();
            }
        }
    }

    private static final int MANY = 100_000;

    /** Kills it as soon as this is so. */
    private void runUntil(BooleanSupplier condition, String... arguments) throws Exception {
        Process process = start(service, command(arguments));
        await().pollInterval(Duration.ofMillis(2)).until(condition::getAsBoolean);
        process.destroyForcibly().waitFor();
        assertThat(process.exitValue()).as("it was done before it was killed").isEqualTo(137);
    }

    @Test
    void aHundredThousandEventsAreExportedAndImportedThoughBothAreKilled() throws Exception {
        try (EventClient client = EventClient.of(replica.uri("/"))) {
            IntStream.range(0, MANY / 1_000)
                    .mapToObj(part -> client.publishAllAsync(IntStream.range(0, 1_000)
                            .mapToObj(n -> new NewEvent(
                                    "many.n" + n % 7,
                                    "x",
                                    ("{\"n\":" + (part * 1_000 + n) + "}").getBytes(UTF_8),
                                    null,
                                    null))
                            .toList()))
                    .toList()
                    .forEach(stored -> assertThat(stored.join()).hasSize(1_000));
        }
        Path file = home.resolve("many.ndjson");
        runUntil(() -> file.toFile().length() > 1 << 20, "export", "many.ndjson", "many.*");
        long killedAt = Files.size(file);
        try (var rest = Files.newBufferedWriter(file, StandardOpenOption.APPEND)) {
            rest.write("{\"id\":12"); // as a line that is being written
        }
        CommandRun exported = run("export", "many.ndjson", "many.*");
        assertThat(exported.status()).as(exported.err()).isZero();
        assertThat(exported.err()).matches("\\d+ events were exported to many.ndjson, which ends with event \\d+\n");
        assertThat(Files.size(file)).isGreaterThan(killedAt);
        assertThat(run("export", "many.ndjson", "many.*").err()).startsWith("0 events were exported");
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(MANY);
        assertThat(IntStream.range(0, MANY).filter(i -> !lines.get(i).contains("\"payload\":{\"n\": " + i + "}")))
                .isEmpty();

        try (TestReplica other = TestReplica.start(TestDatabase.create())) {
            Path position = home.resolve("many.ndjson.imported");
            runUntil(() -> position.toFile().exists(), "import", "many.ndjson", "--url", url(other));
            CommandRun imported = run("import", "many.ndjson", "--url", url(other));
            assertThat(imported.err()).matches("\\d+ events were imported\n");
            assertThat(imported.status()).isZero();
            assertThat(position).doesNotExist();
            assertThat(run("import", "many.ndjson", "--url", url(other)).status())
                    .isZero(); // none of it twice
            try (EventClient client = EventClient.of(other.uri("/"));
                    var events = client.history(HistorySelection.of("many.*"))) {
                List<String> payloads = events.map(
                                event -> event.name() + event.source() + new String(event.payload(), UTF_8))
                        .toList();
                assertThat(payloads)
                        .isEqualTo(IntStream.range(0, MANY)
                                .mapToObj(i -> "many.n%dx{\"n\": %d}".formatted(i % 1_000 % 7, i))
                                .toList());
            }
            assertThat(run("export", "many.ndjson", "--url", url(other)).err())
                    .startsWith("export: event ")
                    .endsWith("is not in the log (any more): export to another file\n");
        }
    }

    @Test
    void anImportSaysWhichLineIsRefusedAndLeavesOutTheServicesOwn() throws Exception {
        Path file = home.resolve("some.ndjson");
        Files.writeString(file, """
                {"event_name":"i.one","payload":1}
                {"event_name":"eventhandler.started","payload":1}
                {"event_name":"i.two","payload":2}

                {"event_name":"i..three","payload":3}
                {"event_name":"i.four","payload":4}
                """);
        CommandRun refused = run("import", "some.ndjson");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .startsWith("import: line 5: refused: the service answered 422: ")
                .contains("2 events in front");
        Files.writeString(file, Files.readString(file).replace("i..three", "i.three"));
        assertThat(run("import", "some.ndjson"))
                .isEqualTo(new CommandRun(0, "", "4 events were imported, 1 of the service's own were passed over\n"));
        assertThat(CommandRun.withInput(home, service, Files.readString(file), "import", "-")
                        .status())
                .isZero();
        assertThat(ids(run("events", "i.*", "--template", "{payload}"))).containsExactly("1", "2", "3", "4");
        assertThat(run("import", "missing").err())
                .isEqualTo("import: missing can't be read: there is no such file or directory\n");
        assertThat(run("export", "no/where").err())
                .isEqualTo("export: no/where can't be written: there is no such file or directory\n");
        Files.writeString(file, "precious\n");
        assertThat(run("export", "some.ndjson").err()).contains("does not end with an event");
        assertThat(file).hasContent("precious\n");
    }

    @Test
    void benchMeasuresAService() throws Exception {
        CommandRun bench = run("bench", "--seconds", "1", "--subscribers", "3", "--size", "500");
        assertThat(bench.err()).isEmpty();
        assertThat(bench.status()).isZero();
        assertThat(bench.out()).matches("""
                        published [\\d,]+ events in [\\d.]+ s: [\\d,]+/s, each stored after .*
                        delivered ([\\d,]+) of \\1 to 3 subscribers, each received after .*
                        """);
        assertThat(run("events", "event-handler.bench", "--limit", "1").out()).hasSizeGreaterThan(500);
    }
}
