package io.eventhandler.activity;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

@Isolated("it reads or configures what the whole process logs")
class ActivityLogTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.eventhandler.activity");
    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event);
        }
    };

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void restore() {
        logger.detachAppender(appender);
        logger.setLevel(Level.OFF);
    }

    private Map<String, Object> await(String message) {
        org.awaitility.Awaitility.await()
                .until(() -> lines.stream().anyMatch(line -> line.getMessage().equals(message)));
        ILoggingEvent line = lines.stream()
                .filter(one -> one.getMessage().equals(message))
                .findFirst()
                .orElseThrow();
        Map<String, Object> pairs = new TreeMap<>();
        line.getKeyValuePairs().forEach(pair -> pairs.put(pair.key, pair.value));
        return pairs;
    }

    @Test
    void whateverClientsDoIsOneLineWithoutPayloadOrPassword() {
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.start(database)) {
            TestSubscriber subscriber = replica.subscribe("secret.shared");
            long id = replica.publish("secret.shared", "\"the payload\"").eventId();
            subscriber.next(); // the event, before it is unsubscribed from
            replica.post("{\"event_name\":\"x\"}");
            subscriber.send("{\"action\":\"unsubscribe\",\"event_name\":\"secret.shared\"}");
            subscriber.send("{\"action\":\"dance\"}");
            subscriber.next(); // the refusal
            subscriber.socket().sendClose(1000, "done").join();

            assertThat(await("published"))
                    .containsEntry("event_id", id)
                    .containsEntry("event_name", "secret.shared")
                    .containsEntry("source", "api")
                    .containsEntry("size", 13)
                    .containsKeys("duration_us", "remote");
            assertThat(await("rejected"))
                    .containsEntry("http_status", 422)
                    .containsEntry("reason", "payload is missing")
                    .containsEntry("path", "/publish");
            Object connection = await("connected").get("connection");
            assertThat(await("subscribed"))
                    .containsEntry("connection", connection)
                    .containsEntry("event_name", "secret.shared")
                    .containsKey("remote");
            assertThat(await("unsubscribed")).containsEntry("connection", connection);
            assertThat(await("refused")).containsEntry("connection", connection);
            assertThat(await("disconnected"))
                    .containsEntry("connection", connection)
                    .containsEntry("close_code", 1000);
            assertThat(lines).noneMatch(line -> {
                String text = line.getFormattedMessage() + line.getKeyValuePairs();
                return text.contains("the payload")
                        || text.contains(String.valueOf(database.url().password()));
            });
        }
    }

    @Test
    void whoDidItIsInTheLinesAndRefusedCredentialsAreCounted() {
        String admin = TestReplica.ADMIN_KEY;
        TestDatabase database = TestDatabase.create();
        try (TestReplica replica = TestReplica.startGuarded(database)) {
            var created = replica.as(admin)
                    .post(
                            "/keys",
                            "{\"name\":\"billing\",\"grants\":[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\"a\"]}]}",
                            "application/json")
                    .json()
                    .get("data");
            String id = created.get("id").stringValue();
            String token = created.get("key").stringValue();
            TestReplica billing = replica.as(token);
            billing.publish("a", "1");
            billing.publish("b", "1");
            String ticket = billing.post("/tickets", "", "text/plain")
                    .json()
                    .at("/data/ticket")
                    .stringValue();
            replica.connectWith("?ticket=" + ticket).close();
            TestSubscriber subscriber = billing.connect();
            subscriber.send("{\"action\":\"authenticate\",\"token\":\"%s\"}".formatted(token));
            assertThat(subscriber.next()).contains("authenticated");
            subscriber.send("{\"action\":\"authenticate\",\"token\":\"no-such-token\"}");
            assertThat(subscriber.next()).contains("error");
            for (int i = 0; i < 20; i++) {
                assertThat(replica.as("wrong-" + i).publish("a", "1").status()).isEqualTo(401);
            }
            replica.get("/events?ticket=" + ticket);
            replica.as(admin).delete("/keys/" + id);

            assertThat(await("key created"))
                    .containsEntry("client", "admin")
                    .containsEntry("key_created", id)
                    .containsEntry("name", "billing");
            for (String message : List.of("published", "rejected", "ticket created", "connected", "authenticated")) {
                assertThat(await(message))
                        .as(message)
                        .containsEntry("client", "billing")
                        .containsEntry("key", id);
            }
            assertThat(await("key deleted")).containsEntry("client", "admin").containsEntry("key_deleted", id);
            assertThat(await("key deleted").get("remote")).asString().matches("127\\.0\\.0\\.1:\\d+");
            assertThat(await("credential refused"))
                    .containsEntry("where", "authenticate")
                    .containsEntry("reason", "the token is no API key")
                    .containsEntry("left_out", 0L);
            assertThat(lines.stream().filter(line -> line.getMessage().equals("credential refused")))
                    .hasSize(Refusals.MAX_PER_ADDRESS);
            assertThat(lines)
                    .noneMatch(line -> (line.getFormattedMessage() + line.getKeyValuePairs())
                            .matches("(?s).*(%s|%s|%s|wrong-|no-such-token).*".formatted(admin, token, ticket)));
        }
    }
}
