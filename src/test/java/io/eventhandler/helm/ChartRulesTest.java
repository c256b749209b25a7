package io.eventhandler.helm;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.app.Settings;
import io.eventhandler.helm.Chart.Objects;
import io.eventhandler.service.Environment;
import io.eventhandler.service.SettingsReader;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for every object of the chart, whatever the values are. */
class ChartRulesTest {

    private static final Set<String> NOT_OF_THE_SERVICE = Set.of(
            "JDK_JAVA_OPTIONS",
            "EVENT_HANDLER_TOKEN",
            "EXTRA",
            "POSTGRES_USER",
            "POSTGRES_DB",
            "POSTGRES_PASSWORD",
            "JWT_JWKS_URL",
            "JWT_PUBLIC_KEY_FILE",
            "JWT_SECRET",
            "JWT_ISSUER",
            "JWT_AUDIENCE");

    private static final Set<String> SECRETS = Set.of(
            "DATABASE_URL",
            "DATABASE_LISTEN_URL",
            "ADMIN_KEY",
            "JWT_SECRET",
            "EVENT_HANDLER_TOKEN",
            "POSTGRES_PASSWORD");

    /** Secrets that are the user's own. */
    private static final Set<String> EXISTING = Set.of("database", "access");

    @TempDir
    static Path directory;

    private static Chart chart;

    @BeforeAll
    static void readChart() throws IOException {
        chart = new Chart(directory);
    }

    @ParameterizedTest
    @EnumSource
    void everyObjectIsNamedAndLabelled(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        assertThat(objects.all()).isNotEmpty().allSatisfy(object -> {
            assertThat(object.getMetadata().getName()).matches("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
            assertThat(object.getMetadata().getNamespace()).isEqualTo("prod");
            assertThat(object.getMetadata().getLabels())
                    .containsKeys("helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/version")
                    .containsEntry("app.kubernetes.io/name", "event-handler")
                    .containsEntry("app.kubernetes.io/instance", "events");
        });
        assertThat(objects.all().stream()
                        .map(object -> object.getKind() + object.getMetadata().getName()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void everyPodIsConfined(ChartValues values) throws IOException {
        assertThat(pods(chart.render(values.yaml))).isNotEmpty().allSatisfy(pod -> {
            assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
            assertThat(pod.getSpec().getEnableServiceLinks()).isFalse();
            var security = pod.getSpec().getSecurityContext();
            assertThat(security.getRunAsNonRoot()).isTrue();
            assertThat(security.getRunAsUser()).isEqualTo(isPostgres(pod) ? 999L : 65532L);
            assertThat(security.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(pod.getSpec().getContainers()).allSatisfy(container -> {
                var own = container.getSecurityContext();
                assertThat(own.getAllowPrivilegeEscalation()).isFalse();
                assertThat(own.getReadOnlyRootFilesystem()).isTrue();
                assertThat(own.getCapabilities().getDrop()).containsExactly("ALL");
                assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
                assertThat(container.getResources().getLimits()).containsKey("memory");
                assertThat(container.getVolumeMounts())
                        .anyMatch(mount -> mount.getMountPath().equals("/tmp"));
            });
            assertThat(pod.getSpec().getVolumes())
                    .filteredOn(volume -> volume.getName().equals("tmp"))
                    .singleElement()
                    .matches(volume -> volume.getEmptyDir() != null);
        });
    }

    @ParameterizedTest
    @EnumSource
    void everySelectorFindsPodsAndEveryPortIsOpen(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        for (Service service : objects.of(Service.class)) {
            PodTemplateSpec pod = selected(objects, service.getSpec().getSelector());
            assertThat(ports(pod))
                    .containsAll(service.getSpec().getPorts().stream()
                            .map(ServicePort::getTargetPort)
                            .map(port -> port.getStrVal())
                            .toList());
        }
        for (Deployment deployment : objects.of(Deployment.class)) {
            Map<String, String> selector = deployment.getSpec().getSelector().getMatchLabels();
            var template = deployment.getSpec().getTemplate();
            assertThat(selected(objects, selector)).isEqualTo(template);
            assertThat(template.getSpec().getTopologySpreadConstraints())
                    .allSatisfy(spread -> assertThat(spread.getLabelSelector().getMatchLabels())
                            .isEqualTo(selector));
        }
        for (StatefulSet set : objects.of(StatefulSet.class)) {
            assertThat(selected(objects, set.getSpec().getSelector().getMatchLabels()))
                    .isEqualTo(set.getSpec().getTemplate());
        }
        for (PodDisruptionBudget budget : objects.of(PodDisruptionBudget.class)) {
            selected(objects, budget.getSpec().getSelector().getMatchLabels());
        }
        for (NetworkPolicy policy : objects.of(NetworkPolicy.class)) {
            var pod = selected(objects, policy.getSpec().getPodSelector().getMatchLabels());
            policy.getSpec()
                    .getIngress()
                    .forEach(rule -> assertThat(ports(pod))
                            .contains(rule.getPorts().getFirst().getPort().getStrVal()));
        }
        for (ServiceMonitor monitor : objects.of(ServiceMonitor.class)) {
            Map<String, String> labels = monitor.getSpec().getSelector().getMatchLabels();
            assertThat(objects.of(Service.class))
                    .filteredOn(service ->
                            service.getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
                    .singleElement()
                    .satisfies(service -> assertThat(service.getSpec().getPorts())
                            .extracting(ServicePort::getName)
                            .contains(
                                    monitor.getSpec().getEndpoints().getFirst().getPort()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyVariableIsASettingOfTheService(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        Set<String> known = new HashSet<>();
        known.addAll(NOT_OF_THE_SERVICE);
        var reader = new SettingsReader(Environment.of(Map.of()));
        Settings.read(reader);
        var setting = Pattern.compile("(?m)^  ([A-Z_]+) ").matcher(reader.help());
        while (setting.find()) {
            known.add(setting.group(1));
        }
        assertThat(known)
                .containsAll(objects.named(ConfigMap.class, "events-event-handler")
                        .getData()
                        .keySet());
        assertThat(containers(objects))
                .allSatisfy(container -> assertThat(container.getEnv())
                        .extracting(EnvVar::getName)
                        .doesNotHaveDuplicates()
                        .isSubsetOf(known));
    }

    @ParameterizedTest
    @EnumSource
    void noSecretStandsWhereItCanBeRead(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        for (ConfigMap map : objects.of(ConfigMap.class)) {
            assertThat(map.getData()).doesNotContainKeys(SECRETS.toArray(String[]::new));
        }
        for (Container container : containers(objects)) {
            assertThat(container.getEnv())
                    .filteredOn(variable -> SECRETS.contains(variable.getName()))
                    .allMatch(variable -> variable.getValue() == null
                            && variable.getValueFrom().getSecretKeyRef() != null);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everySecretIsThereInTime(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        for (PodTemplateSpec pod : pods(objects)) {
            boolean beforeTheRelease = isComponent(pod, "migration");
            for (SecretKeySelector reference : secretReferences(pod)) {
                if (EXISTING.contains(reference.getName())) {
                    continue;
                }
                Secret secret = objects.named(Secret.class, reference.getName());
                assertThat(secret.getStringData()).containsKey(reference.getKey());
                assertThat(isHook(secret)).isEqualTo(beforeTheRelease);
            }
        }
        assertThat(secretReferences(server(objects)))
                .extracting(SecretKeySelector::getName)
                .isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void theServerIsProbedAndReplacedWhenItsConfigurationChanges(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        PodTemplateSpec pod = server(objects);
        Container container = pod.getSpec().getContainers().getFirst();
        for (Probe probe :
                List.of(container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe())) {
            assertThat(ports(pod)).contains(probe.getHttpGet().getPort().getStrVal());
            assertThat(probe.getHttpGet().getScheme()).isEqualTo(values == ChartValues.TLS ? "HTTPS" : "HTTP");
        }
        assertThat(container.getStartupProbe().getHttpGet().getPath()).isEqualTo("/health/live");
        assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/health/live");
        assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/health/ready");
        Map<String, String> settings =
                objects.named(ConfigMap.class, "events-event-handler").getData();
        assertThat(container.getPorts())
                .extracting(port -> port.getName() + " " + port.getContainerPort())
                .containsExactly("http " + settings.get("PORT"), "management " + settings.get("MANAGEMENT_PORT"));
        assertThat(pod.getMetadata().getAnnotations().get("checksum/config")).hasSize(64);
        boolean ownSecret = objects.of(Secret.class).stream().anyMatch(secret -> !isHook(secret));
        assertThat(pod.getMetadata().getAnnotations().containsKey("checksum/secret"))
                .isEqualTo(ownSecret);
    }

    @ParameterizedTest
    @EnumSource
    void theServerHasTimeToDrain(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        Map<String, String> settings =
                objects.named(ConfigMap.class, "events-event-handler").getData();
        var pod = server(objects).getSpec();
        var lifecycle = pod.getContainers().getFirst().getLifecycle();
        long preStop = lifecycle == null ? 0 : lifecycle.getPreStop().getSleep().getSeconds();
        long drain = Stream.of("DRAIN_DELAY", "DRAIN_WINDOW", "PUBLISH_TIMEOUT")
                .mapToLong(name ->
                        Long.parseLong(String.valueOf(settings.get(name)).replaceFirst("s$", "")))
                .sum();
        assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(preStop + drain + 5);
        var update = objects.the(Deployment.class).getSpec().getStrategy().getRollingUpdate();
        assertThat(update.getMaxUnavailable().getIntVal()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aBudgetExactlyWhenThereIsAlwaysMoreThanOneReplica(ChartValues values) throws IOException {
        Objects objects = chart.render(values.yaml);
        List<HorizontalPodAutoscaler> scalers = objects.of(HorizontalPodAutoscaler.class);
        Integer replicas = objects.the(Deployment.class).getSpec().getReplicas();
        if (scalers.isEmpty()) {
            assertThat(replicas).isNotNull();
        } else {
            assertThat(replicas).isNull();
            assertThat(scalers.getFirst().getSpec().getScaleTargetRef().getName())
                    .isEqualTo(objects.the(Deployment.class).getMetadata().getName());
        }
        int least = scalers.isEmpty() ? replicas : scalers.getFirst().getSpec().getMinReplicas();
        assertThat(objects.of(PodDisruptionBudget.class)).hasSize(least > 1 ? 1 : 0);
    }

    private static List<PodTemplateSpec> pods(Objects objects) {
        return Stream.of(
                        objects.of(Deployment.class).stream()
                                .map(deployment -> deployment.getSpec().getTemplate()),
                        objects.of(StatefulSet.class).stream()
                                .map(set -> set.getSpec().getTemplate()),
                        objects.of(Job.class).stream().map(job -> job.getSpec().getTemplate()),
                        objects.of(Pod.class).stream()
                                .map(pod -> new PodTemplateSpec(pod.getMetadata(), pod.getSpec())))
                .flatMap(templates -> templates)
                .toList();
    }

    private static List<Container> containers(Objects objects) {
        return pods(objects).stream()
                .flatMap(pod -> pod.getSpec().getContainers().stream())
                .toList();
    }

    private static PodTemplateSpec server(Objects objects) {
        return objects.the(Deployment.class).getSpec().getTemplate();
    }

    /** The only pod with these labels. */
    private static PodTemplateSpec selected(Objects objects, Map<String, String> selector) {
        assertThat(selector).isNotEmpty();
        List<PodTemplateSpec> found = pods(objects).stream()
                .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(selector.entrySet()))
                .toList();
        assertThat(found).as("pods with " + new HashMap<>(selector)).hasSize(1);
        return found.getFirst();
    }

    private static List<String> ports(PodTemplateSpec pod) {
        return pod.getSpec().getContainers().getFirst().getPorts().stream()
                .map(ContainerPort::getName)
                .toList();
    }

    private static List<SecretKeySelector> secretReferences(PodTemplateSpec pod) {
        return pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getEnv().stream())
                .filter(variable -> variable.getValueFrom() != null)
                .map(variable -> variable.getValueFrom().getSecretKeyRef())
                .toList();
    }

    private static boolean isComponent(PodTemplateSpec pod, String component) {
        return component.equals(pod.getMetadata().getLabels().get("app.kubernetes.io/component"));
    }

    private static boolean isPostgres(PodTemplateSpec pod) {
        return isComponent(pod, "postgresql");
    }

    private static boolean isHook(HasMetadata object) {
        Map<String, String> annotations = object.getMetadata().getAnnotations();
        return annotations != null && annotations.containsKey("hook");
    }
}
