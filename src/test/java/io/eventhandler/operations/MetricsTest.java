package io.eventhandler.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;

/** What a replica says of itself at /metrics, and where. */
class MetricsTest {

    @Test
    void aManagementPortOfItsOwnServesMetricsAndHealthAndNothingElse() {
        try (TestReplica replica = TestReplica.start(TestDatabase.create(), "MANAGEMENT_PORT", "0")) {
            assertThat(replica.service().managementPort())
                    .isNotEqualTo(replica.service().port());
            Answer metrics = management(replica, "/metrics");
            assertThat(metrics.status()).isEqualTo(200);
            assertThat(metrics.header("Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
            assertThat(metrics.body()).contains("jvm_memory_used_bytes{", "process_uptime_seconds ");
            assertThat(replica.get("/metrics").status()).isEqualTo(404);

            assertThat(management(replica, "/health/live").status()).isEqualTo(200);
            assertThat(management(replica, "/health/ready").status()).isEqualTo(200);
            assertThat(replica.get("/health/ready").status()).isEqualTo(200);
            assertThat(management(replica, "/events").message()).isEqualTo("there is nothing at /events");
        }
    }

    @Test
    void withoutAManagementPortMetricsAreOnThePort() {
        try (TestReplica replica = TestReplica.start(TestDatabase.create())) {
            assertThat(replica.service().managementPort())
                    .isEqualTo(replica.service().port());
            assertThat(replica.get("/metrics").body()).contains("jvm_memory_used_bytes{");
        }
    }

    private static Answer management(TestReplica replica, String path) {
        return TestReplica.send(HttpRequest.newBuilder(replica.managementUri(path)));
    }
}
