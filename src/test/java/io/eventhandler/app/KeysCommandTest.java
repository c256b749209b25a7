package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands {@code keys create}, {@code keys list} and {@code keys delete}, each a process of its own. */
class KeysCommandTest {

    private static final String WANTED =
            "{\"name\":\"billing\",\"grants\":[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\"order.*\"]}]}";

    @TempDir
    Path directory;

    private ServiceProcess launch(TestDatabase database, String... arguments) throws IOException {
        return ServiceProcess.launch(
                directory, Map.of("DATABASE_URL", database.urlText(), "AUTH", "", "LOG_LEVEL", "WARN"), arguments);
    }

    private String done(TestDatabase database, String... arguments) throws IOException, InterruptedException {
        ServiceProcess process = launch(database, arguments);
        String output = process.output();
        assertThat(process.awaitEnd()).as(output).isZero();
        return output;
    }

    private String refused(int status, TestDatabase database, String... arguments)
            throws IOException, InterruptedException {
        ServiceProcess process = launch(database, arguments);
        String output = process.output();
        assertThat(process.awaitEnd()).as(output).isEqualTo(status);
        return output;
    }

    @Test
    void aKeyThatTheCommandMakesIsGoodUntilTheCommandDeletesIt() throws Exception {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database, "AUTH", "required")) {
            String token = done(database, "keys", "create", WANTED).strip();
            assertThat(token).matches("eh_[0-9a-f]{16}_[A-Za-z0-9_-]{43}");
            String id = token.substring(3, 19);

            String list = done(database, "keys", "list");
            assertThat(list).doesNotContain(token.substring(20));
            JsonNode key = new JsonMapper().readTree(list);
            assertThat(key.get("id").stringValue()).isEqualTo(id);
            assertThat(key.get("name").stringValue()).isEqualTo("billing");

            TestReplica client = replica.as(token);
            assertThat(client.publish("order.a", "1").status()).isEqualTo(200);
            assertThat(client.publish("invoice.a", "1").status()).isEqualTo(403);
            try (TestSubscriber subscriber = client.subscribe("order.*")) {
                assertThat(done(database, "keys", "delete", id)).isBlank();
                assertThat(subscriber.awaitClose().code()).isEqualTo(1008);
            }
            assertThat(client.publish("order.a", "1").status()).isEqualTo(401);
            assertThat(done(database, "keys", "list")).isBlank();
            assertThat(refused(1, database, "keys", "delete", id))
                    .isEqualTo("there is no API key '%s'\n".formatted(id));
        }
    }

    @Test
    void withoutADatabaseItSaysWhereItsAddressIs() throws Exception {
        ServiceProcess process = ServiceProcess.launch(directory, Map.of("AUTH", ""), "keys", "list");
        assertThat(process.output())
                .startsWith("could not reach the API keys: DATABASE_URL is not set: give the database's");
        assertThat(process.awaitEnd()).isEqualTo(1);
    }

    @Test
    void whatIsWrongIsSaidAndEndsWithStatus2() throws Exception {
        TestDatabase database = TestDatabase.create();
        assertThat(refused(2, database, "keys"))
                .isEqualTo("keys takes: create JSON, list, or delete ID; --help shows more\n");
        assertThat(refused(2, database, "keys", "delete")).startsWith("keys takes: ");
        assertThat(refused(2, database, "keys", "create", "{\"name\":\"a\"}"))
                .isEqualTo("keys create: grants is missing\n");
        assertThat(database.queryLong("SELECT count(*) FROM pg_tables WHERE tablename = 'api_keys'"))
                .isZero();
    }
}
