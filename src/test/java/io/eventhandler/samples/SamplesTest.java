package io.eventhandler.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.example.billing.Billing;
import com.example.orders.Orders;
import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.testing.ServiceProcess;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample services, each a process of its own, with two replicas. */
class SamplesTest {

    private static final int KILLS = Integer.getInteger("samples.kills", 10);
    private static final int MAX_ORDERS_OF_A_LIFE = 10;

    @TempDir
    Path directory;

    private final TestDatabase database = TestDatabase.create();
    private TestReplica first;
    private TestReplica second;

    @BeforeEach
    void start() {
        first = TestReplica.start(database);
        second = TestReplica.start(database);
        database.execute("CREATE SCHEMA billing");
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    private ServiceProcess launch(Class<?> service, TestReplica replica, String... more) throws Exception {
        Path home = Files.createDirectories(directory.resolve(service.getSimpleName()));
        var settings = new java.util.HashMap<>(Map.of(
                "EVENT_HANDLER_URL",
                replica.uri("").toString(),
                "SPOOL",
                "spool",
                "PORT",
                "0",
                "BILLING_DATABASE",
                billingDatabase()));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return ServiceProcess.launch(service, home, settings);
    }

    private String billingDatabase() {
        DatabaseUrl url = database.url();
        return "jdbc:postgresql://%s:%d/%s?user=%s&password=%s&sslmode=disable&currentSchema=billing"
                .formatted(
                        url.hosts().getFirst().name(),
                        url.hosts().getFirst().port(),
                        url.database(),
                        url.user(),
                        URLEncoder.encode(url.password(), StandardCharsets.UTF_8));
    }

    private static String order(int port, String item) {
        TestReplica.Answer answer =
                TestReplica.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/orders".formatted(port)))
                        .POST(BodyPublishers.ofString(item)));
        assertThat(answer.status()).isEqualTo(202);
        return answer.body();
    }

    private List<String> billed() {
        return database.query("SELECT placed FROM billing.invoice ORDER BY number");
    }

    private List<String> invoiceEvents() {
        return database.query("SELECT payload ->> 'order' FROM events WHERE event_name = 'invoice.created'"
                + " AND source = 'billing' ORDER BY (payload ->> 'number')::bigint");
    }

    @Test
    void whatIsOrderedIsBilledOnceAlsoWhatIsOrderedWhileNobodyBills() throws Exception {
        List<String> orders = new ArrayList<>();
        try (ServiceProcess ordering = launch(Orders.class, first)) {
            int port = ordering.awaitNumber("orders are taken on port");
            try (ServiceProcess billing = launch(Billing.class, second)) {
                for (int i = 0; i < 10; i++) {
                    orders.add(order(port, "book " + i));
                }
                await().until(() -> invoiceEvents().size() == 10);
                billing.terminate();
                assertThat(billing.awaitEnd()).isZero();
            }
            for (int i = 0; i < 10; i++) {
                orders.add(order(port, "pen " + i));
            }
            try (ServiceProcess billing = launch(Billing.class, first)) {
                await().until(() -> invoiceEvents().size() == 20);
                billing.terminate();
                assertThat(billing.output()).contains("stopped");
            }
            ordering.terminate();
            assertThat(ordering.awaitEnd()).isZero();
        }
        assertThat(billed()).isEqualTo(orders);
        assertThat(invoiceEvents()).isEqualTo(orders);
        assertThat(database.query("SELECT sum(amount)::text FROM billing.invoice"))
                .containsExactly("110");
    }

    /** A service that can't start says why in a line, and that its settings are wrong by its status. */
    @Test
    void whatIsNotSetIsSaid() throws Exception {
        try (ServiceProcess billing = launch(Billing.class, first, "BILLING_DATABASE", "", "EVENT_HANDLER_URL", "x")) {
            assertThat(billing.output())
                    .isEqualToIgnoringNewLines("billing can't start:"
                            + "EVENT_HANDLER_URL: it must be an address such as http://event-handler-service"
                            + "BILLING_DATABASE: it is not set: give the JDBC URL of the invoices' database");
            assertThat(billing.awaitEnd()).isEqualTo(2);
        }
        try (ServiceProcess billing = launch(
                Billing.class, first, "BILLING_DATABASE", "jdbc:postgresql://127.0.0.1:1/none?sslmode=disable")) {
            assertThat(billing.output()).contains("billing could not start");
            assertThat(billing.awaitEnd()).isEqualTo(1);
        }
    }

    /** Also 50 times, by hand: {@code mvn test -Dtest=SamplesTest -Dsamples.kills=50}. */
    @Test
    void eachOrderIsBilledOnceThoughBillingIsKilledAgainAndAgain() throws Exception {
        int orders = KILLS * MAX_ORDERS_OF_A_LIFE;
        String batch = IntStream.range(0, orders)
                .mapToObj("{\"event_name\":\"order.placed\",\"payload\":{\"order\":\"%d\",\"price\":1}}"::formatted)
                .toList()
                .toString();
        assertThat(first.post(batch).status()).isEqualTo(200);
        for (int life = 0; life < KILLS; life++) {
            int after = ThreadLocalRandom.current().nextInt(MAX_ORDERS_OF_A_LIFE) + 1;
            try (ServiceProcess billing =
                    launch(HaltingBilling.class, life % 2 == 0 ? first : second, "HALT_AFTER", String.valueOf(after))) {
                assertThat(billing.awaitEnd()).isEqualTo(HaltingBilling.STATUS);
            }
        }
        Files.move(directory.resolve("HaltingBilling"), directory.resolve("Billing"));
        try (ServiceProcess billing = launch(Billing.class, first)) {
            await().until(() -> invoiceEvents().size() >= orders);
            billing.terminate();
            assertThat(billing.awaitEnd()).isZero();
        }
        List<String> each = IntStream.range(0, orders).mapToObj(String::valueOf).toList();
        assertThat(billed()).isEqualTo(each);
        assertThat(invoiceEvents()).isEqualTo(each);
    }
}
