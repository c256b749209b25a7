package io.eventhandler.helm;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.internal.KubernetesDeserializer;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The chart in {@code helm/}, rendered for the release {@code events} in the namespace {@code prod}. */
final class Chart {

    private static final Path SOURCE = Path.of("helm");
    private static final String OLDEST_KUBERNETES = "1.30";
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Stream.of(
                    ConfigMap.class,
                    Deployment.class,
                    HorizontalPodAutoscaler.class,
                    HTTPRoute.class,
                    Ingress.class,
                    Job.class,
                    NetworkPolicy.class,
                    Pod.class,
                    PodDisruptionBudget.class,
                    PrometheusRule.class,
                    Secret.class,
                    Service.class,
                    ServiceAccount.class,
                    ServiceMonitor.class,
                    StatefulSet.class)
            .collect(Collectors.toMap(
                    kind -> HasMetadata.getApiVersion(kind) + " " + HasMetadata.getKind(kind), Function.identity()));

    /** Refuses unknown and doubled members. */
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new ByDeclaredType())
            .build();

    private final Path directory;
    private final Path visible;

    /** @param directory an empty one for working copies */
    Chart(Path directory) throws IOException {
        this.directory = directory;
        this.visible = directory.resolve("chart");
        copyWithHooksAsOrdinaryObjects();
    }

    /**
     * Makes the model strict: no maps that take up unknown members, and no deserializer that looks for a kind where the
     * member's type says what is expected.
     */
    private static final class ByDeclaredType extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1;

        @Override
        public Boolean hasAnySetter(MapperConfig<?> config, Annotated member) {
            return false;
        }

        @Override
        public @Nullable Object findDeserializer(MapperConfig<?> config, Annotated annotated) {
            Object deserializer = super.findDeserializer(config, annotated);
            return KubernetesDeserializer.class.equals(deserializer) ? null : deserializer;
        }
    }

    /** Everything that was rendered, hooks included. */
    record Objects(List<HasMetadata> all) {

        <T extends HasMetadata> List<T> of(Class<T> kind) {
            return all.stream().filter(kind::isInstance).map(kind::cast).toList();
        }

        /** The only one of its kind. */
        <T extends HasMetadata> T the(Class<T> kind) {
            List<T> found = of(kind);
            if (found.size() != 1) {
                throw new AssertionError("%d of %s".formatted(found.size(), kind.getSimpleName()));
            }
            return found.getFirst();
        }

        <T extends HasMetadata> T named(Class<T> kind, String name) {
            return of(kind).stream()
                    .filter(object -> object.getMetadata().getName().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no %s %s".formatted(kind.getSimpleName(), name)));
        }
    }

    /** What Helm's linter says, as strictly as it can. */
    static LintResult lint() {
        return new Helm(SOURCE).lint().strict().call();
    }

    /** Renders the chart with these values, which are YAML. */
    Objects render(String values) throws IOException {
        String manifest = new Helm(visible)
                .template()
                .withName("events")
                .withNamespace("prod")
                .withKubeVersion(OLDEST_KUBERNETES)
                .withValuesFile(file(values))
                .call();
        return read(manifest);
    }

    /** What the user reads after an installation with these values. */
    String notes(String values) throws IOException {
        String output = new Helm(SOURCE)
                .install()
                .clientOnly()
                .dryRun()
                .withName("events")
                .withNamespace("prod")
                .withKubeVersion(OLDEST_KUBERNETES)
                .withValuesFile(file(values))
                .call()
                .getOutput();
        return output.substring(output.indexOf("NOTES:"));
    }

    /** Reads a manifest, strictly. */
    static Objects read(String manifest) throws IOException {
        List<HasMetadata> objects = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(manifest)) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                if (document.isNull() || document.isMissingNode()) {
                    continue;
                }
                String kind = document.path("apiVersion").asString() + " "
                        + document.path("kind").asString();
                Class<? extends HasMetadata> type = KINDS.get(kind);
                if (type == null) {
                    throw new AssertionError("unknown kind " + kind);
                }
                objects.add(YAML.treeToValue(document, type));
            }
        }
        return new Objects(objects);
    }

    /** Helm's engine keeps hooks apart and helm-java doesn't show them; under another annotation it does. */
    private void copyWithHooksAsOrdinaryObjects() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCE)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = visible.resolve(SOURCE.relativize(file).toString());
                Files.createDirectories(copy.resolve("..").normalize());
                Files.writeString(copy, Files.readString(file).replace("helm.sh/hook", "hook"));
            }
        }
    }

    private Path file(String values) throws IOException {
        return Files.writeString(directory.resolve("values.yaml"), values);
    }
}
