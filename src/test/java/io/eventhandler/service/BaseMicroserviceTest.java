package io.eventhandler.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.client.PublishException;
import io.eventhandler.client.RefusedEvent;
import io.eventhandler.event.NewEvent;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseMicroserviceTest {

    private static final String NOBODY = "http://127.0.0.1:1";

    @TempDir
    Path directory;

    /** A service as a team would write one. */
    private static final class Billing extends BaseMicroservice {
        private final List<String> calls = new ArrayList<>();
        private final List<RefusedEvent> refused = new CopyOnWriteArrayList<>();
        private final boolean broken;
        private @Nullable String currency;

        Billing(boolean broken, String... settings) {
            super("billing", environment(settings));
            this.broken = broken;
        }

        private static Environment environment(String... settings) {
            Map<String, String> variables = new HashMap<>();
            for (int i = 0; i < settings.length; i += 2) {
                variables.put(settings[i], settings[i + 1]);
            }
            return Environment.of(variables);
        }

        private Part part(String name) {
            return new Part() {
                @Override
                public void start() {
                    calls.add("start " + name);
                }

                @Override
                public void stop() {
                    calls.add("stop " + name);
                    if (broken) {
                        throw new IllegalStateException(name + " does not stop");
                    }
                }
            };
        }

        @Override
        protected void configure(SettingsReader settings) {
            currency = settings.text("CURRENCY", "EUR", "of the invoices");
        }

        @Override
        protected void onStart() throws Exception {
            start(part("database"));
            start(part("server"));
            emit("billing.started", Map.of("version", "1.4"));
            if (broken) {
                throw new Exception("no invoices");
            }
        }

        @Override
        protected void onStop() {
            calls.add("onStop");
            emit("billing.stopped", 1);
        }

        @Override
        protected void onRefused(RefusedEvent event) {
            refused.add(event);
        }

        long publish(String name) throws PublishException {
            return client().publish(name, 1);
        }
    }

    @Test
    void aServiceEmitsInItsNameAndStopsInReverse() throws Exception {
        try (TestReplica replica = TestReplica.start(TestDatabase.create());
                TestSubscriber subscriber =
                        replica.subscribe("billing.*", "invoice.sent", "invoice.paid", "invoice.known")) {
            var billing =
                    new Billing(false, "EVENT_HANDLER_URL", replica.uri("/").toString());
            assertThatThrownBy(() -> billing.emit("too.early", 1)).hasMessage("billing is NEW");
            billing.start();
            assertThat(billing.currency).isEqualTo("EUR");
            assertThat(subscriber.nextJson().get("payload").get("version").stringValue())
                    .isEqualTo("1.4");
            billing.emit("invoice.sent", List.of("é", 7));
            assertThat(subscriber.nextJson().get("payload").get(0).stringValue())
                    .isEqualTo("é");
            var keyed = new NewEvent("invoice.paid", "billing", new byte[] {'7'}, null, "invoice 7");
            billing.emit(keyed);
            billing.emit(keyed);
            assertThat(subscriber.nextJson().get("event_name").stringValue()).isEqualTo("invoice.paid");
            assertThat(replica.get("/events/" + billing.publish("invoice.known"))
                            .json()
                            .get("data")
                            .get("source")
                            .stringValue())
                    .isEqualTo("billing");
            assertThat(subscriber.nextJson().get("event_name").stringValue()).isEqualTo("invoice.known");
            billing.emit("eventhandler.not.ours", 1);
            await().until(() -> billing.refused.size() == 1);
            assertThat(billing.refused.getFirst().reason()).contains("answered 403");
            assertThatThrownBy(() -> billing.emit("not a name", 1)).hasMessageContaining("white space");
            billing.stop();
            assertThat(billing.state()).isEqualTo(ServiceState.STOPPED);
            assertThat(billing.calls)
                    .containsExactly("start database", "start server", "onStop", "stop server", "stop database");
            assertThat(subscriber.nextJson().get("event_name").stringValue()).isEqualTo("billing.stopped");
        }
    }

    @Test
    void aServiceNeedsNoEventHandlerToStartAndToEmit() throws Exception {
        var billing = new Billing(
                false,
                "EVENT_HANDLER_URL",
                NOBODY,
                "SPOOL",
                directory.resolve("spool").toString());
        billing.start();
        billing.emit("invoice.sent", 7);
        billing.stop();
        try (TestReplica replica = TestReplica.start(TestDatabase.create());
                TestSubscriber subscriber = replica.subscribe("billing.*", "invoice.sent")) {
            var next = new Billing(
                    false,
                    "EVENT_HANDLER_URL",
                    NOBODY + "," + replica.uri("/"),
                    "SPOOL",
                    directory.resolve("spool").toString());
            next.start();
            for (String name : List.of("billing.started", "invoice.sent", "billing.stopped", "billing.started")) {
                assertThat(subscriber.nextJson().get("event_name").stringValue())
                        .isEqualTo(name);
            }
            next.stop();
        }
    }

    @Test
    void healthAndMetricsAreServedWhereTheSettingsSay() throws Exception {
        var billing = new Billing(
                false,
                "EVENT_HANDLER_URL",
                NOBODY,
                "MANAGEMENT_PORT",
                "0",
                "SPOOL",
                directory.toString(),
                "SPOOL_SIZE",
                "64KiB");
        billing.start();
        assertThat(get(billing, "/health/live").status()).isEqualTo(200);
        assertThat(get(billing, "/health/ready").status()).isEqualTo(200);
        TestReplica.Answer metrics = get(billing, "/metrics");
        assertThat(metrics.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.body())
                .contains(
                        "# TYPE service_events_emitted_total counter\nservice_events_emitted_total 1\n",
                        "service_events_stored_total 0\n",
                        "service_events_refused_total 0\n",
                        "# TYPE service_spool_events gauge\nservice_spool_events 1\n",
                        "service_spool_limit_bytes 65536\n");
        billing.emit("large", "x".repeat(63 << 10));
        TestReplica.Answer ready = get(billing, "/health/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.json().get("spool").stringValue()).startsWith("is full: 2 events wait");
        assertThat(get(billing, "/").status()).isEqualTo(404);
        int port = billing.managementPort();
        var second = new Billing(false, "EVENT_HANDLER_URL", NOBODY, "MANAGEMENT_PORT", String.valueOf(port));
        assertThatThrownBy(second::start)
                .hasMessageContaining("the port %d can't be bound", port)
                .hasMessageContaining("MANAGEMENT_PORT");
        assertThat(second.state()).isEqualTo(ServiceState.FAILED);
        billing.emit("small", 1);
        billing.stop();
    }

    private static TestReplica.Answer get(BaseMicroservice service, String path) {
        return TestReplica.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(service.managementPort(), path))));
    }

    /** Handles orders, and fails with each number once that it is told. */
    private static final class Shipping extends BaseMicroservice {
        private final List<String> handled = new CopyOnWriteArrayList<>();
        private final Set<String> failing = ConcurrentHashMap.newKeySet();

        Shipping(String... settings) {
            super("shipping", Billing.environment(settings));
        }

        @Override
        protected void onStart() {
            on("order.*", event -> {
                String number = new String(event.payload(), UTF_8);
                if (failing.remove(number)) {
                    throw new IllegalStateException("not this one");
                }
                handled.add(number);
            });
        }

        void twice() {
            on("order.*", event -> {});
        }
    }

    @Test
    void whatAServiceHandlesGoesOnAfterARestartWhereItWas() throws Exception {
        try (TestReplica replica = TestReplica.start(TestDatabase.create());
                TestSubscriber subscriber = replica.subscribe("order.*")) {
            replica.publish("order.placed", "0");
            subscriber.next();
            String[] settings = {
                "EVENT_HANDLER_URL", replica.uri("").toString(), "SPOOL", directory.toString(), "MANAGEMENT_PORT", "0"
            };
            var shipping = new Shipping(settings);
            shipping.failing.addAll(List.of("2", "3"));
            shipping.start();
            await().until(() -> directory.resolve("order.*.cursor").toFile().exists());
            for (int i = 1; i < 4; i++) {
                replica.publish("order.placed", String.valueOf(i));
            }
            await().until(() -> shipping.handled.size() == 3);
            await().untilAsserted(() -> assertThat(get(shipping, "/metrics").body())
                    .contains("service_events_handled_total 3\n", "service_handler_failures_total 2\n"));
            assertThat(get(shipping, "/health/ready").json().get("order.*").stringValue())
                    .isEqualTo("ok");
            assertThatThrownBy(shipping::twice).hasMessage("order.* has a handler already");
            shipping.stop();
            replica.publish("order.paid", "4");
            var next = new Shipping(settings);
            next.start();
            await().until(() -> !next.handled.isEmpty());
            next.stop();
            assertThat(shipping.handled).containsExactly("1", "2", "3");
            assertThat(next.handled).containsExactly("4");
        }
    }

    @Test
    void aServiceThatMayNotHandleWhatItWantsIsNotReady() {
        try (TestReplica replica = TestReplica.startGuarded(TestDatabase.create())) {
            var shipping = new Shipping(
                    "EVENT_HANDLER_URL",
                    replica.uri("").toString(),
                    "EVENT_HANDLER_TOKEN",
                    "wrong",
                    "MANAGEMENT_PORT",
                    "0");
            shipping.start();
            await().until(() -> get(shipping, "/health/ready").status() == 503);
            assertThat(get(shipping, "/health/ready").json().get("order.*").stringValue())
                    .startsWith("is handled no more: ")
                    .contains("401");
            shipping.stop();
        }
    }

    @Test
    void wrongSettingsAreAllSaidAtOnce() {
        var billing = new Billing(
                false, "EVENT_HANDLER_TOKEN", "two words", "SPOOL_SIZE", "1", "MANAGEMENT_PORT", "x", "LOG_LEVEL", "y");
        assertThatThrownBy(billing::start)
                .hasMessageContaining("EVENT_HANDLER_URL: it is not set: give the address of the Event Handler")
                .hasMessageContaining("EVENT_HANDLER_TOKEN: a token is printable ASCII without spaces")
                .hasMessageContaining("SPOOL_SIZE: '1' is not a size from 64KiB to 2047MiB")
                .hasMessageContaining("MANAGEMENT_PORT: 'x' is not a whole number")
                .hasMessageContaining("LOG_LEVEL: 'y'");
        assertThat(billing.calls).isEmpty();
        assertThatThrownBy(() -> new Billing(false, "EVENT_HANDLER_URL", "event-handler:80").start())
                .hasMessage("EVENT_HANDLER_URL: it must be an address such as http://event-handler-service");
    }

    @Test
    void aServiceThatCannotStartStopsWhatItStarted() {
        var billing = new Billing(true, "EVENT_HANDLER_URL", NOBODY, "SPOOL", directory.toString());
        assertThatThrownBy(billing::start)
                .hasMessage("no invoices")
                .cause()
                .satisfies(cause -> assertThat(cause.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("server does not stop", "database does not stop"));
        assertThat(billing.calls).containsExactly("start database", "start server", "stop server", "stop database");
        assertThat(billing.state()).isEqualTo(ServiceState.FAILED);
        assertThatThrownBy(billing::start).hasMessageStartingWith("billing is failed: a service is started once");
    }

    @Test
    void theServiceItselfAnnouncesItsStartAndItsEnd() {
        TestDatabase database = TestDatabase.create();
        TestReplica replica = TestReplica.start(database);
        replica.publish("between", "1");
        replica.close();
        assertThat(database.query("SELECT event_name || ' ' || source FROM events ORDER BY id"))
                .containsExactly(
                        "eventhandler.started eventhandler", "between api", "eventhandler.stopped eventhandler");
    }
}
