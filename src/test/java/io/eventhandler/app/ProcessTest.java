package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Needs;
import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.Tool;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service as a process of its own. */
class ProcessTest {

    @TempDir
    Path directory;

    private ServiceProcess launch(Map<String, String> environment, String... arguments) throws IOException {
        return ServiceProcess.launch(directory, environment, arguments);
    }

    private static TestReplica.Answer publish(URI service, int n) {
        return TestReplica.send(HttpRequest.newBuilder(service.resolve("/publish"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"event_name\":\"kept\",\"payload\":%d}".formatted(n))));
    }

    @Test
    void whatWasAcknowledgedSurvivesAKillOnTheEmbeddedDatabase() throws Exception {
        List<Integer> acknowledged = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            try (ServiceProcess process = launch(Map.of())) {
                URI service = process.awaitReady();
                for (int n = 0; n < 50; n++) {
                    assertThat(publish(service, round * 50 + n).status()).isEqualTo(200);
                    acknowledged.add(round * 50 + n);
                }
                process.kill();
            }
        }
        try (ServiceProcess process = launch(Map.of())) {
            URI service = process.awaitReady();
            var events = TestReplica.send(
                            HttpRequest.newBuilder(service.resolve("/events?event_name=kept&order=asc&limit=1000")))
                    .json()
                    .get("data");
            List<Integer> stored = new ArrayList<>();
            events.forEach(event -> stored.add(event.get("payload").intValue()));
            assertThat(stored).isEqualTo(acknowledged);
            process.terminate();
            assertThat(process.awaitEnd()).isZero();
            assertThat(process.output())
                    .contains(
                            "stopping: not ready from now on, answering what is under way",
                            "EventHandler\",\"message\":\"stopped\"")
                    .doesNotContain("PT0S");
        }
        await().until(() -> !Files.exists(directory.resolve("data/postgres/postmaster.pid")));
    }

    @Test
    void wrongSettingsAreAllNamedAndEndWithStatus2() throws Exception {
        Files.writeString(directory.resolve(".env"), "PUBLISH_QUEUE=none\n");
        ServiceProcess process = launch(Map.of("PORT", "seventy", "DATABASE_URL", "postgresql://me:secret@h:x/d"));
        String output = process.output();
        assertThat(process.awaitEnd()).isEqualTo(2);
        assertThat(output)
                .startsWith("wrong settings:\nDATABASE_URL: what follows the host's ':' is not a port")
                .contains("\nPORT: 'seventy' is not a whole number from 0 to 65535\n")
                .contains("\nPUBLISH_QUEUE: 'none' is not a whole number")
                .doesNotContain("secret");
    }

    @Test
    void helpListsTheSettings() throws Exception {
        ServiceProcess process = launch(Map.of(), "--help");
        String output = process.output();
        assertThat(process.awaitEnd()).isZero();
        assertThat(output).startsWith("Event Handler: ").contains("DATABASE_URL", "PORT", "default: 8080");
        assertThat(launch(Map.of(), "--verbose").awaitEnd()).isEqualTo(2);
        assertThat(launch(Map.of(), "check", "nowhere").awaitEnd()).isEqualTo(2);
    }

    @Test
    void aDatabaseThatDoesNotAnswerIsNamedAndEndsWithStatus1() throws Exception {
        ServiceProcess process =
                launch(Map.of("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/d", "DATABASE_START_TIMEOUT", "1s"));
        String output = process.output();
        assertThat(process.awaitEnd()).isEqualTo(1);
        assertThat(output)
                .contains("could not start: the database postgresql://me@127.0.0.1:1/d does not answer")
                .doesNotContain("secret");
    }

    @Test
    void theCommandMigratesAndAReplicaThatDoesNotWaitsForIt() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (ServiceProcess waiting = launch(Map.of("DATABASE_URL", database.urlText(), "MIGRATE_AT_START", "false"))) {
            waiting.awaitLine("waiting for the migrations");
            assertThat(launch(
                                    Map.of(
                                            "DATABASE_URL", database.urlText(),
                                            "AUTH", "",
                                            "ALLOWED_ORIGINS", "*",
                                            "JWT_PUBLIC_KEY_FILE", "/not/here",
                                            "JWT_ISSUER", "i",
                                            "JWT_AUDIENCE", "a"),
                                    "migrate")
                            .awaitEnd())
                    .isZero();
            assertThat(publish(waiting.awaitReady(), 1).status()).isEqualTo(200);
        }
        ServiceProcess nowhere = launch(Map.of(), "migrate");
        assertThat(nowhere.output()).contains("could not migrate: DATABASE_URL is not set");
        assertThat(nowhere.awaitEnd()).isEqualTo(1);
    }

    /** The programs of the README, but for the host's name. */
    @Test
    @Needs(Tool.PYTHON)
    void thePythonProgramsWork() throws Exception {
        try (TestReplica publishing = TestReplica.start(TestDatabase.create())) {
            String address = "127.0.0.1:" + publishing.service().port();
            Process subscriber = python("""
                    import asyncio, websockets, json
                    async def subscribe_to_events():
                        async with websockets.connect("ws://event-handler-service/ws", max_size=4 << 20) as websocket:
                            await websocket.send(json.dumps({"action": "subscribe", "event_name": "user.created"}))
                            while True:
                                event = await websocket.recv()
                                event_data = json.loads(event)
                                print(f"Received event: {event_data}")
                    asyncio.run(subscribe_to_events())
                    """.replace("event-handler-service", address));
            try (BufferedReader received = subscriber.inputReader(StandardCharsets.UTF_8)) {
                await().until(() -> {
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
        return new ProcessBuilder(Tool.PYTHON.path().toString(), "-u", "-c", program)
                .redirectErrorStream(true)
                .start();
    }
}
