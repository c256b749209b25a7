package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service as a process of its own. */
class ProcessTest {

    private static final Pattern READY = Pattern.compile("ready on (http://[^\"\\s]+)");

    @TempDir
    Path directory;

    private Process launch(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("DATABASE_"));
        builder.environment().put("PORT", "0");
        builder.environment().putAll(environment);
        return builder.redirectErrorStream(true).redirectInput(Redirect.PIPE).start();
    }

    /** Reads the process's output up to the line that names its address. */
    private static URI awaitReady(BufferedReader output) throws IOException {
        var seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                return URI.create(ready.group(1));
            }
        }
        throw new AssertionError("it ended before it was ready:\n" + seen);
    }

    private static TestReplica.Answer publish(URI service, int n) {
        return TestReplica.send(HttpRequest.newBuilder(service.resolve("/publish"))
                .POST(BodyPublishers.ofString("{\"event_name\":\"kept\",\"payload\":%d}".formatted(n))));
    }

    @Test
    void whatWasAcknowledgedSurvivesAKillOnTheEmbeddedDatabase() throws Exception {
        List<Integer> acknowledged = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            Process process = launch(Map.of());
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                URI service = awaitReady(output);
                for (int n = 0; n < 50; n++) {
                    assertThat(publish(service, round * 50 + n).status()).isEqualTo(200);
                    acknowledged.add(round * 50 + n);
                }
                process.destroyForcibly().waitFor();
            }
        }
        Process process = launch(Map.of());
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            URI service = awaitReady(output);
            var events = TestReplica.send(
                            HttpRequest.newBuilder(service.resolve("/events?event_name=kept&order=asc&limit=1000")))
                    .json()
                    .get("data");
            List<Integer> stored = new ArrayList<>();
            events.forEach(event -> stored.add(event.get("payload").intValue()));
            assertThat(stored).isEqualTo(acknowledged);
        } finally {
            process.destroy(); // SIGTERM
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> !Files.exists(directory.resolve("data/postgres/postmaster.pid")));
    }

    @Test
    void wrongSettingsAreAllNamedAndEndWithStatus2() throws Exception {
        Files.writeString(directory.resolve(".env"), "PUBLISH_QUEUE=none\n");
        Process process = launch(Map.of("PORT", "seventy", "DATABASE_URL", "postgresql://me:secret@h:x/d"));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(output)
                .startsWith("wrong settings:\nDATABASE_URL: 'x' is not a port")
                .contains("\nPORT: 'seventy' is not a whole number from 0 to 65535\n")
                .contains("\nPUBLISH_QUEUE: 'none' is not a whole number")
                .doesNotContain("secret");
    }

    @Test
    void helpListsTheSettings() throws Exception {
        Process process = launch(Map.of(), "--help");
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(output).contains("DATABASE_URL", "PORT", "default: 8080");
        Process wrong = launch(Map.of(), "--verbose");
        assertThat(wrong.waitFor()).isEqualTo(2);
        assertThat(launch(Map.of(), "check", "nowhere").waitFor()).isEqualTo(2);
    }

    @Test
    void aDatabaseThatDoesNotAnswerIsNamedAndEndsWithStatus1() throws Exception {
        Process process =
                launch(Map.of("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/d", "DATABASE_START_TIMEOUT", "1s"));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(output)
                .contains("could not start: the database postgresql://me@127.0.0.1:1/d does not answer")
                .doesNotContain("secret");
    }

    /** The programs of the README, but for the host's name. */
    @Test
    void thePythonProgramsWork() throws Exception {
        assumeTrue(python("import httpx, websockets").waitFor() == 0, "python3 with httpx and websockets");
        try (TestReplica publishing = TestReplica.start(TestDatabase.create())) {
            String address = "127.0.0.1:" + publishing.service().port();
            Process subscriber = python("""
                    import asyncio, websockets, json
                    async def subscribe_to_events():
                        async with websockets.connect("ws://event-handler-service/ws") as websocket:
                            await websocket.send(json.dumps({"action": "subscribe", "event_name": "user.created"}))
                            while True:
                                event = await websocket.recv()
                                event_data = json.loads(event)
                                print(f"Received event: {event_data}")
                    asyncio.run(subscribe_to_events())
                    """.replace("event-handler-service", address));
            try (BufferedReader received = subscriber.inputReader(StandardCharsets.UTF_8)) {
                await().atMost(Duration.ofSeconds(20)).until(() -> {
                    Process publisher = python("""
                            import asyncio, httpx
                            async def publish_event():
                                async with httpx.AsyncClient() as client:
                                    response = await client.post("http://event-handler-service/publish",
                                        json={"event_name": "user.created", "payload": {"user_id": "123"}})
                                    return response.json()
                            print(asyncio.run(publish_event()))
                            """.replace("event-handler-service", address));
                    assertThat(new String(publisher.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                            .isEqualTo(
                                    "{'status': 'ok', 'message': \"Event 'user.created' published.\", 'data': None}\n");
                    return received.ready();
                });
                assertThat(received.readLine())
                        .isEqualTo("Received event: {'event_name': 'user.created', 'payload': {'user_id': '123'}}");
            } finally {
                subscriber.destroy();
            }
        }
    }

    private static Process python(String program) throws IOException {
        return new ProcessBuilder("/usr/bin/python3", "-u", "-c", program)
                .redirectErrorStream(true)
                .start();
    }
}
