package io.eventhandler.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.helm.Chart.Objects;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** What single values of the chart do. */
class ChartTest {

    private static final String NAME = "events-event-handler";
    private static final String SERVICE = "events-event-handler-service";

    @TempDir
    static Path directory;

    private static Chart chart;

    @BeforeAll
    static void readChart() throws IOException {
        chart = new Chart(directory);
    }

    @Test
    void helmFindsNothingToComplainAbout() {
        var result = Chart.lint();
        assertThat(result.isFailed()).as(result.getMessages().toString()).isFalse();
        assertThat(result.getMessages()).noneMatch(message -> message.contains("[WARNING]"));
    }

    @Test
    void theVersionsAreThatOfTheService() throws IOException {
        Matcher version = Pattern.compile("<version>(.+)</version>").matcher(Files.readString(Path.of("pom.xml")));
        assertThat(version.find()).isTrue();
        assertThat(Files.readString(Path.of("helm/Chart.yaml")))
                .contains("\nversion: " + version.group(1) + "\n", "\nappVersion: " + version.group(1) + "\n");
        assertThat(server(chart.render(ChartValues.DEFAULTS.yaml)))
                .hasFieldOrPropertyWithValue("image", "event-handler:" + version.group(1));
    }

    @Test
    void theRecipesOfTheReadmeAreValuesOfTheChart() throws IOException {
        Matcher recipe = Pattern.compile("(?s)```yaml\n(.+?)```").matcher(Files.readString(Path.of("helm/README.md")));
        int count = 0;
        while (recipe.find()) {
            String values = recipe.group(1);
            if (!values.startsWith("rules:")) { // those of prometheus-adapter
                assertThat(chart.render(ChartValues.complete(values)).of(Deployment.class))
                        .as(values)
                        .hasSize(1);
                count++;
            }
        }
        assertThat(count).isEqualTo(5);
    }

    @Test
    void whatKubernetesWouldNotKnowIsFound() {
        assertThatThrownBy(() -> Chart.read("""
                        apiVersion: apps/v1
                        kind: Deployment
                        spec: {template: {spec: {containers: [{name: a, livenesProbe: {}}]}}}
                        """)).hasMessageContaining("livenesProbe");
        assertThatThrownBy(() -> Chart.read("{apiVersion: apps/v1beta1, kind: Deployment}"))
                .hasMessage("unknown kind apps/v1beta1 Deployment");
        assertThatThrownBy(() -> Chart.read("""
                        apiVersion: monitoring.coreos.com/v1
                        kind: ServiceMonitor
                        spec: {endpoints: [{prot: http}]}
                        """)).hasMessageContaining("prot");
    }

    @Test
    void aUrlGoesIntoASecretAndAnExistingSecretIsOnlyNamed() throws IOException {
        Objects own = chart.render(ChartValues.DEFAULTS.yaml);
        assertThat(own.the(Secret.class).getStringData())
                .isEqualTo(Map.of("DATABASE_URL", "postgresql://me:secret@host:5432/events"));
        Objects existing = chart.render(ChartValues.URLS_IN_A_SECRET.yaml);
        assertThat(existing.of(Secret.class)).isEmpty();
        assertThat(server(existing).getEnv())
                .filteredOn(variable -> variable.getValueFrom() != null)
                .extracting(variable -> "%s from %s"
                        .formatted(
                                variable.getName(),
                                variable.getValueFrom().getSecretKeyRef().getKey()))
                .containsExactly("DATABASE_URL from pooled", "DATABASE_LISTEN_URL from direct");
        assertThat(chart.render(ChartValues.LISTEN_URL_APART.yaml)
                        .the(Secret.class)
                        .getStringData())
                .isEqualTo(Map.of("DATABASE_LISTEN_URL", "postgresql://me:secret@direct:5432/events"));
    }

    @Test
    void theAdminKeyComesFromTheUsersSecretToTheServiceAndItsTest() throws IOException {
        Objects objects = chart.render(ChartValues.KEYS.yaml);
        assertThat(objects.the(ConfigMap.class).getData()).containsEntry("AUTH", "required");
        assertThat(fromSecrets(server(objects))).contains("ADMIN_KEY from access.ADMIN_KEY");
        assertThat(fromSecrets(objects.the(Pod.class).getSpec().getContainers().getFirst()))
                .containsExactly("EVENT_HANDLER_TOKEN from access.ADMIN_KEY");
        Objects none = chart.render(ChartValues.DEFAULTS.yaml + "auth: {mode: none, existingSecret: {name: access}}");
        assertThat(none.the(ConfigMap.class).getData()).containsEntry("AUTH", "none");
        assertThat(fromSecrets(server(none))).noneMatch(variable -> variable.contains("access"));
        assertThat(none.the(Pod.class).getSpec().getContainers().getFirst().getEnv())
                .isEmpty();
    }

    @Test
    void theKeysOfJsonWebTokensComeFromWhereTheyAre() throws IOException {
        Objects jwks = chart.render(ChartValues.JWKS.yaml);
        assertThat(jwks.the(ConfigMap.class).getData())
                .containsEntry("JWT_JWKS_URL", "https://id.example.com/keys")
                .containsEntry("JWT_ISSUER", "id.example.com")
                .containsEntry("JWT_AUDIENCE", "events");
        assertThat(jwks.of(Pod.class)).as("a test, which needs the admin key").isEmpty();
        assertThat(fromSecrets(server(chart.render(ChartValues.JWT_SECRET.yaml))))
                .contains("JWT_SECRET from access.1")
                .noneMatch(variable -> variable.startsWith("ADMIN_KEY"));
        Objects file = chart.render(ChartValues.JWT_PUBLIC_KEY.yaml);
        assertThat(server(file).getEnv())
                .anyMatch(variable -> variable.getName().equals("JWT_PUBLIC_KEY_FILE")
                        && variable.getValue().equals("/etc/event-handler/jwt.pem"));
        assertThat(server(file).getVolumeMounts())
                .anyMatch(mount ->
                        mount.getName().equals("access") && mount.getMountPath().equals("/etc/event-handler"));
        assertThat(file.the(Deployment.class).getSpec().getTemplate().getSpec().getVolumes())
                .filteredOn(volume -> volume.getName().equals("access"))
                .singleElement()
                .matches(volume -> volume.getSecret().getSecretName().equals("access"))
                .matches(volume ->
                        volume.getSecret().getItems().getFirst().getKey().equals("tls.crt"));
        assertThat(checksum(file, "config")).isNotEqualTo(checksum(jwks, "config"));
    }

    private static List<String> fromSecrets(Container container) {
        return container.getEnv().stream()
                .filter(variable -> variable.getValueFrom() != null)
                .map(variable -> {
                    var secret = variable.getValueFrom().getSecretKeyRef();
                    return "%s from %s.%s".formatted(variable.getName(), secret.getName(), secret.getKey());
                })
                .toList();
    }

    @Test
    void settingsKeepTheirSpellingAndReplaceThePods() throws IOException {
        Objects objects = chart.render(ChartValues.EVERYTHING_ON.yaml);
        assertThat(objects.named(ConfigMap.class, NAME).getData())
                .containsEntry("RETENTION", "30d")
                .containsEntry("MAX_CONNECTIONS", "10000000")
                .containsEntry("MIGRATE_AT_START", "false")
                .containsEntry("DRAIN_DELAY", "5s");
        assertThat(checksum(objects, "config"))
                .isNotEqualTo(checksum(chart.render(ChartValues.MIGRATED_BY_A_JOB.yaml), "config"))
                .isEqualTo(checksum(chart.render(ChartValues.EVERYTHING_ON.yaml), "config"));
        assertThat(checksum(objects, "secret"))
                .isNotEqualTo(checksum(
                        chart.render(ChartValues.EVERYTHING_ON.yaml + "database: {url: 'postgresql://other/events'}"),
                        "secret"));
    }

    @Test
    void theGracePeriodGrowsWithTheDrainAndNeverShrinksBelowIt() throws IOException {
        assertThat(gracePeriod("")).isEqualTo(30);
        assertThat(gracePeriod("terminationGracePeriodSeconds: 90")).isEqualTo(90);
        assertThat(gracePeriod("terminationGracePeriodSeconds: 1")).isEqualTo(25);
        assertThat(chart.render(ChartValues.SLOW_DRAIN.yaml)
                        .the(Deployment.class)
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getTerminationGracePeriodSeconds())
                .isEqualTo(15 + 20 + 60 + 30 + 5);
    }

    private static long gracePeriod(String values) throws IOException {
        return chart.render(ChartValues.DEFAULTS.yaml + values)
                .the(Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getTerminationGracePeriodSeconds();
    }

    @Test
    void theJobMigratesBeforeTheReplicas() throws IOException {
        Objects objects = chart.render(ChartValues.MIGRATED_BY_A_JOB.yaml);
        Job job = objects.the(Job.class);
        assertThat(job.getMetadata().getAnnotations()).containsEntry("hook", "pre-install,pre-upgrade");
        var pod = job.getSpec().getTemplate().getSpec();
        assertThat(pod.getContainers().getFirst().getArgs()).containsExactly("migrate");
        assertThat(pod.getContainers().getFirst().getEnvFrom()).isEmpty();
        assertThat(pod.getServiceAccountName()).isNull();
        Secret early = objects.named(Secret.class, NAME + "-migrate");
        assertThat(early.getMetadata().getAnnotations()).containsEntry("hook-weight", "-1");
        assertThat(early.getStringData())
                .isEqualTo(objects.named(Secret.class, NAME).getStringData());
    }

    @Test
    void theJobMayHaveARoleOfItsOwn() throws IOException {
        Objects objects = chart.render(ChartValues.MIGRATED_BY_THE_OWNER.yaml);
        Container migrating = objects.the(Job.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
        assertThat(fromSecrets(migrating)).containsExactly("DATABASE_URL from database.owner");
        assertThat(fromSecrets(server(objects))).doesNotContain("DATABASE_URL from database.owner");
        assertThatThrownBy(() -> chart.render(ChartValues.complete("migration: {existingSecret: {name: database}}")))
                .hasMessageContaining("migration.existingSecret.name: is for migration.mode job");
    }

    @Test
    void theJobNeedsNothingThatServingNeeds() throws IOException {
        Container migrating = chart.render(ChartValues.EVERYTHING_ON.yaml)
                .the(Job.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
        assertThat(migrating.getEnv())
                .noneMatch(variable -> variable.getName().startsWith("JWT_")
                        || variable.getName().equals("AUTH"));
    }

    @Test
    void aTestPublishesAndReceivesThroughTheService() throws IOException {
        Objects objects = chart.render(ChartValues.EVERYTHING_ON.yaml);
        assertThat(objects.the(Pod.class).getMetadata().getAnnotations()).containsEntry("hook", "test");
        assertThat(objects.the(Pod.class).getSpec().getContainers().getFirst().getArgs())
                .containsExactly("check", "http://" + SERVICE + ":8000");
        assertThat(objects.named(Service.class, SERVICE).getSpec().getPorts())
                .singleElement()
                .matches(port -> port.getPort() == 8000);
    }

    @Test
    void scalesDownSlowlyByCpuAndConnections() throws IOException {
        var spec = chart.render(ChartValues.AUTOSCALED.yaml)
                .the(HorizontalPodAutoscaler.class)
                .getSpec();
        assertThat(spec.getMetrics()).hasSize(2);
        assertThat(spec.getMetrics().getLast().getPods().getMetric().getName()).isEqualTo("eventhandler_connections");
        assertThat(spec.getMetrics()
                        .getLast()
                        .getPods()
                        .getTarget()
                        .getAverageValue()
                        .getAmount())
                .isEqualTo("1000000");
        var down = spec.getBehavior().getScaleDown();
        assertThat(down.getStabilizationWindowSeconds()).isEqualTo(600);
        assertThat(down.getPolicies()).singleElement().matches(policy -> policy.getValue() == 1);
    }

    @Test
    void anIngressHoldsLongConnectionsAndLargeBatches() throws IOException {
        Ingress ingress = chart.render(ChartValues.INGRESS.yaml).the(Ingress.class);
        assertThat(ingress.getMetadata().getAnnotations())
                .containsEntry("nginx.ingress.kubernetes.io/proxy-read-timeout", "3600")
                .containsEntry("nginx.ingress.kubernetes.io/proxy-body-size", "4m");
        assertThat(ingress.getSpec()
                        .getRules()
                        .getFirst()
                        .getHttp()
                        .getPaths()
                        .getFirst()
                        .getBackend()
                        .getService())
                .matches(backend -> backend.getName().equals(SERVICE)
                        && backend.getPort().getName().equals("http"));
    }

    @Test
    void aRouteEndsNeitherStreamsNorSockets() throws IOException {
        var rules = chart.render(ChartValues.GATEWAY.yaml)
                .the(HTTPRoute.class)
                .getSpec()
                .getRules();
        assertThat(rules.getFirst().getMatches())
                .extracting(match -> match.getPath().getValue())
                .containsExactly("/ws", "/events");
        assertThat(rules.getFirst().getTimeouts().getRequest()).isEqualTo("0s");
        assertThat(rules.getLast().getTimeouts().getRequest()).isEqualTo("30s");
        assertThat(rules)
                .allSatisfy(rule -> assertThat(rule.getBackendRefs())
                        .singleElement()
                        .matches(backend -> backend.getName().equals(SERVICE) && backend.getPort() == 80));
    }

    @Test
    void thePostgresForTrialsIsTheOneThatTheServiceUses() throws IOException {
        Objects objects = chart.render(ChartValues.OWN_POSTGRES.yaml);
        Map<String, String> secret = objects.the(Secret.class).getStringData();
        assertThat(secret)
                .isEqualTo(Map.of(
                        "POSTGRES_PASSWORD",
                        "trial",
                        "DATABASE_URL",
                        "postgresql://eventhandler:trial@%s-postgresql:5432/eventhandler".formatted(NAME)));
        assertThat(objects.named(Service.class, NAME + "-postgresql")).isNotNull();
        assertThat(objects.the(StatefulSet.class).getSpec().getVolumeClaimTemplates())
                .singleElement()
                .matches(claim -> claim.getSpec().getStorageClassName().equals("fast"));
        assertThat(objects.of(NetworkPolicy.class)).hasSize(2);
        assertThat(chart.notes(ChartValues.OWN_POSTGRES.yaml)).contains("no backup");
    }

    @Test
    void alertsAndDashboardArriveUnchanged() throws IOException {
        Objects objects = chart.render(ChartValues.EVERYTHING_ON.yaml);
        assertThat(objects.the(PrometheusRule.class)
                        .getSpec()
                        .getGroups()
                        .getFirst()
                        .getRules())
                .isNotEmpty()
                .allSatisfy(rule -> {
                    assertThat(rule.getAlert()).startsWith("EventHandler");
                    assertThat(rule.getExpr().getStrVal()).contains("eventhandler_");
                    assertThat(rule.getLabels()).containsKey("severity");
                    assertThat(rule.getAnnotations()).containsKeys("summary", "description");
                })
                .anySatisfy(
                        rule -> assertThat(rule.getAnnotations().get("summary")).contains("{{ $labels.instance }}"));
        ConfigMap dashboard = objects.named(ConfigMap.class, NAME + "-dashboard");
        assertThat(dashboard.getMetadata().getLabels()).containsEntry("grafana_dashboard", "1");
        var json = new JsonMapper();
        assertThat(json.readTree(dashboard.getData().get("event-handler.json")))
                .isEqualTo(json.readTree(Files.readString(Path.of("helm/files/dashboard.json"))));
    }

    @Test
    void theNotesNameWhatThereIs() throws IOException {
        assertThat(chart.notes(ChartValues.INGRESS.yaml))
                .contains(
                        "http://" + SERVICE + " in the namespace prod",
                        "helm test events -n prod --logs",
                        "kubectl -n prod port-forward service/%s 8080:80 &".formatted(SERVICE),
                        "https://events.example.com")
                .doesNotContain("secret", "Authorization");
        assertThat(chart.notes(ChartValues.KEYS.yaml))
                .contains(
                        "helm test events",
                        "keys create --name trial",
                        "curl -H \"Authorization: Bearer $KEY\" http://127.0.0.1:8080/events");
        assertThat(chart.notes(ChartValues.JWKS.yaml)).contains("There is no helm test: it would need the admin key");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            replica: 3                                       | additional properties 'replica' not allowed
            replicas: two                                    | at '/replicas': got string, want integer
            replicas: -1                                     | at '/replicas': minimum: got -1, want 0
            drain: {delay: 5s}                               | at '/drain': additional properties 'delay' not allowed
            service: {type: Loadbalancer}                    | at '/service/type': value must be one of 'ClusterIP', 'NodePort', 'LoadBalancer'
            settings: {retention: 30d}                       | at '/settings': additional properties 'retention' not allowed
            settings: {RETENTION: [30d]}                     | at '/settings/RETENTION': got array, want boolean or integer or string
            ingress: {enabled: 'yes'}                        | at '/ingress/enabled': got string, want boolean
            auth: {mode: open}                               | at '/auth/mode': value must be one of '', 'required', 'none'
            auth: {adminKey: topsecret}                      | at '/auth': additional properties 'adminKey' not allowed
            httpRoute: {parentRefs: [{sectionName: https}]}  | at '/httpRoute/parentRefs/0': missing property 'name'
            """)
    void theSchemaRefusesWrongValuesAndSaysWhere(String values, String message) {
        assertThatThrownBy(() -> chart.render(ChartValues.DEFAULTS.yaml + values))
                .hasMessageContaining(message);
    }

    @Test
    void whatDoesNotFitTogetherIsRefusedAllAtOnceWithoutPasswords() {
        assertThatThrownBy(() -> chart.render("""
                        database:
                          existingSecret: {name: database, listenKey: direct}
                          url: mysql://me:secret@host/events
                          listenUrl: postgresql://host/events
                        postgresql: {enabled: true, password: 'sec ret'}
                        migration: {mode: job}
                        settings: {DRAIN_DELAY: 1m, AUTH: none, JWT_AUDIENCE: events}
                        extraEnv: [{name: PORT, value: '80'}, {name: ADMIN_KEY, value: topsecret}]
                        auth:
                          mode: required
                          existingSecret: {jwtSecret: jwt}
                          jwt: {jwksUrl: 'https://id.example.com/keys', issuer: a}
                        autoscaling: {enabled: true, minReplicas: 4, maxReplicas: 3, cpuPercent: 0}
                        ingress: {enabled: true}
                        httpRoute: {enabled: true}
                        """))
                .hasMessageContainingAll(
                        "wrong values:",
                        "database.existingSecret.name, database.url, postgresql.enabled: only one of them can say",
                        "database.url: is not a PostgreSQL URL, such as postgresql://user:password@host:5432/database",
                        "postgresql.password: must be set, to letters, digits and . _ ~ -",
                        "database.existingSecret.listenKey, database.listenUrl: only one of them",
                        "migration.mode: the job runs before anything is installed",
                        "settings.DRAIN_DELAY: is set by drain.delaySeconds",
                        "extraEnv: PORT is set by service.port",
                        "extraEnv: ADMIN_KEY is set by auth.existingSecret.adminKey",
                        "settings.AUTH: is set by auth.mode",
                        "settings.JWT_AUDIENCE: is set by auth.jwt.audience",
                        "auth.existingSecret.jwtSecret: is a key of auth.existingSecret.name, which is not set",
                        "auth.existingSecret.jwtSecret, auth.jwt.jwksUrl: only one of them can say how",
                        "auth.jwt.audience: must be set with",
                        "autoscaling.minReplicas: 4 is more than maxReplicas, 3",
                        "autoscaling: neither cpuPercent nor connections says when to scale",
                        "ingress.hosts: names no host",
                        "httpRoute.parentRefs: names no gateway")
                .hasMessageNotContainingAny("secret@", "sec ret", "topsecret");
        assertThatThrownBy(() -> chart.render("replicas: 2"))
                .hasMessageContainingAll(
                        "no database: set database.existingSecret.name, or for a trial database.url or",
                        "auth.mode: must be set: required (clients need a credential;",
                        "or none (whoever reaches the service may do everything)");
        assertThatThrownBy(() -> chart.render(ChartValues.KEYS.yaml + "\n" + """
                        auth: {mode: required, jwt: {issuer: a, audience: b}}
                        """))
                .hasMessageContaining("auth.jwt.issuer: says nothing without auth.jwt.jwksUrl");
    }

    private static Container server(Objects objects) {
        return objects.the(Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
    }

    private static String checksum(Objects objects, String of) {
        return String.valueOf(objects.the(Deployment.class)
                .getSpec()
                .getTemplate()
                .getMetadata()
                .getAnnotations()
                .get("checksum/" + of));
    }
}
