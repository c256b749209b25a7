package io.eventhandler.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.PublishException;
import io.eventhandler.event.NewEvent;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BaseMicroserviceTest {

    /** A service as a team would write one. */
    private static final class Billing extends BaseMicroservice {
        private final EventClient events;
        private final List<String> calls = new ArrayList<>();
        private final boolean broken;

        Billing(URI eventHandler, boolean broken) {
            super("billing");
            this.events = EventClient.of(eventHandler);
            this.broken = broken;
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
        }

        @Override
        protected long emit(NewEvent event) throws PublishException {
            return events.publish(event);
        }
    }

    @Test
    void aServiceEmitsInItsNameAndStopsInReverse() throws Exception {
        try (TestReplica replica = TestReplica.start(TestDatabase.create());
                TestSubscriber subscriber = replica.subscribe("billing.started", "invoice.sent")) {
            var billing = new Billing(replica.uri("/"), false);
            billing.start();
            assertThat(subscriber.nextJson().get("payload").get("version").stringValue())
                    .isEqualTo("1.4");
            long id = billing.emit("invoice.sent", List.of("é", 7));
            assertThat(subscriber.nextJson().get("payload").get(0).stringValue())
                    .isEqualTo("é");
            assertThat(replica.get("/events/" + id)
                            .json()
                            .get("data")
                            .get("source")
                            .stringValue())
                    .isEqualTo("billing");
            var keyed = new NewEvent("invoice.paid", "billing", new byte[] {'7'}, null, "invoice 7");
            assertThat(billing.emit(keyed)).isEqualTo(billing.emit(keyed));
            assertThatThrownBy(() -> billing.emit("not a name", 1))
                    .isInstanceOf(PublishException.class)
                    .hasMessageContaining("answered 422")
                    .hasMessageContaining("white space");
            billing.stop();
            billing.stop();
            assertThat(billing.calls)
                    .containsExactly("start database", "start server", "onStop", "stop server", "stop database");
        }
    }

    @Test
    void aServiceThatCannotStartStopsWhatItStarted() {
        try (TestReplica replica = TestReplica.start(TestDatabase.create())) {
            var billing = new Billing(replica.uri("/"), true);
            assertThatThrownBy(billing::start)
                    .hasMessage("no invoices")
                    .cause()
                    .satisfies(cause -> assertThat(cause.getSuppressed())
                            .extracting(Throwable::getMessage)
                            .containsExactly("server does not stop", "database does not stop"));
            assertThat(billing.calls).containsExactly("start database", "start server", "stop server", "stop database");
        }
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
