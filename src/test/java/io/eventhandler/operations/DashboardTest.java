package io.eventhandler.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.Scrape;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestSubscriber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard, the alerts and a running replica speak of the same metrics. */
class DashboardTest {

    private static final Path DASHBOARD = Path.of("helm/files/dashboard.json");
    private static final Pattern METRIC = Pattern.compile("\\b(eventhandler|hikaricp|jvm|process)_\\w+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

    private static TestReplica replica;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create(), "MANAGEMENT_PORT", "0");
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static Set<String> series() {
        return Scrape.of(replica).samples().keySet().stream()
                .filter(sample -> sample.startsWith("eventhandler_") || sample.startsWith("hikaricp_"))
                .collect(Collectors.toSet());
    }

    private static Set<String> names() {
        return Scrape.of(replica).samples().keySet().stream()
                .map(sample -> sample.replaceFirst("\\{.*", ""))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"dashboard.json", "alerts.yaml"})
    void everyMetricThatIsNamedExists(String file) throws IOException {
        System.gc(); // its pause is what the metrics of pauses begin with
        String text = Files.readString(DASHBOARD.resolveSibling(file));
        Set<String> named =
                METRIC.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
        assertThat(named).hasSizeGreaterThan(5);
        await().untilAsserted(() -> assertThat(names()).containsAll(named));
    }

    @Test
    void theDashboardShowsEveryMetricOfTheService() throws IOException {
        Set<String> families = names().stream()
                .filter(name -> name.startsWith("eventhandler_"))
                .map(name -> name.replaceFirst("_(bucket|count|sum|max)$", ""))
                .collect(Collectors.toSet());
        assertThat(families).hasSizeGreaterThan(20);
        assertThat(Files.readString(DASHBOARD)).contains(families);
    }

    @Test
    void everyPanelHasItsQueryAndItsPlace() throws IOException {
        var panels = new JsonMapper().readTree(Files.readString(DASHBOARD)).get("panels");
        Set<String> places = panels.valueStream()
                .map(panel -> panel.at("/gridPos/x") + "," + panel.at("/gridPos/y"))
                .collect(Collectors.toSet());
        assertThat(places).hasSize(panels.size());
        assertThat(panels.valueStream().map(panel -> panel.get("id").intValue()))
                .doesNotHaveDuplicates();
        assertThat(panels.valueStream()
                        .filter(panel -> !panel.at("/type").stringValue().equals("row")))
                .allSatisfy(panel -> {
                    assertThat(panel.at("/datasource/uid").stringValue()).isEqualTo("${datasource}");
                    assertThat(panel.get("targets").valueStream())
                            .isNotEmpty()
                            .allSatisfy(target -> assertThat(
                                            METRIC.matcher(target.get("expr").stringValue())
                                                    .find())
                                    .isTrue());
                });
    }

    @Test
    void whateverClientsSendTheSeriesStayTheSame() {
        Set<String> before = series();
        try (TestSubscriber subscriber = replica.subscribe("a.*", "b")) {
            for (int n = 0; n < 30; n++) {
                replica.post("{\"event_name\":\"a.n%1$d\",\"payload\":1,\"source\":\"s%1$d\"}".formatted(n));
                replica.get("/events?event_name=a.n%1$d&source=s%1$d".formatted(n));
                replica.get("/nowhere/" + n);
            }
            replica.post("{\"event_name\":\"%s\",\"payload\":1}".formatted("*"));
            subscriber.awaitMessages(30);
        }
        assertThat(series()).isEqualTo(before);
        Set<String> labels = before.stream()
                .flatMap(sample -> LABEL.matcher(sample).results().map(label -> label.group(1)))
                .collect(Collectors.toSet());
        assertThat(labels).isSubsetOf(List.of("outcome", "phase", "kind", "transport", "pool", "limit", "le"));
        assertThat(before).hasSizeLessThan(500);
        assertThat(before.toString()).doesNotContain("eventhandler-"); // as an application's name is, which is random
    }
}
