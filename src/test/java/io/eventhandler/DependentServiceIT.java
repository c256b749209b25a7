package io.eventhandler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A service of somebody else's, which depends on the packaged jar: it gets what a client needs, and no more, and runs with it. */
class DependentServiceIT {

    private static final Path PROJECT = Path.of("src", "test", "dependent");
    private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
    private static final Pattern VERSION = Pattern.compile("-\\d[\\w.-]*\\.jar$");

    @TempDir
    Path directory;

    @Test
    void aServiceThatDependsOnTheJarGetsWhatAClientNeedsAndRunsWithIt() throws Exception {
        String pom = Files.readString(Path.of("pom.xml"));
        install(pom);
        write(
                PROJECT.resolve("pom.xml"),
                Pattern.compile("@([\\w-]+)@")
                        .matcher(Files.readString(PROJECT.resolve("pom.xml")))
                        .replaceAll(name -> version(pom, name.group(1))));
        Path source = PROJECT.resolve(Path.of("src", "main", "java", "com", "example", "Greeter.java"));
        write(source, Files.readString(source));
        build();

        Set<String> jars = namesIn(directory.resolve(PROJECT).resolve(Path.of("target", "lib")));
        assertThat(jars.stream().map(jar -> VERSION.matcher(jar).replaceFirst("")))
                .containsExactlyInAnyOrder(
                        "event-handler",
                        "jackson-annotations",
                        "jackson-core",
                        "jackson-databind",
                        "jspecify",
                        "jul-to-slf4j",
                        "logback-classic",
                        "logback-core",
                        "slf4j-api");
        jars.removeIf(jar -> jar.startsWith("event-handler-"));
        assertThat(namesIn(Path.of("target", "lib"))).as("the same versions").containsAll(jars);
        run();
    }

    /** The jar may be depended on without the server's libraries; the service may not be run without them. */
    @Test
    void theBillOfMaterialsLeavesNothingOut() throws IOException {
        JsonNode components = new JsonMapper()
                .readTree(Files.readString(Path.of("target", "bom.json")))
                .get("components");
        Set<String> named = new TreeSet<>();
        for (JsonNode component : components) {
            assertThat(component.get("scope").stringValue())
                    .as(component.toString())
                    .isEqualTo("required");
            named.add("%s-%s.jar"
                    .formatted(
                            component.get("name").stringValue(),
                            component.get("version").stringValue()));
        }
        Set<String> libraries = namesIn(Path.of("target", "lib"));
        libraries.removeIf(jar -> jar.contains("-linux-x86_64") || jar.contains("-osx-"));
        assertThat(named).containsAll(libraries);
    }

    /** Installs jar and description as {@code mvn install} does, in a repository of the test's own. */
    private void install(String pom) throws IOException {
        String version = version(pom, "event-handler");
        Path target = directory.resolve(Path.of("repository", "io", "eventhandler", "event-handler", version));
        Files.createDirectories(target);
        Files.copy(Path.of("target", "event-handler.jar"), target.resolve("event-handler-" + version + ".jar"));
        Files.writeString(target.resolve("event-handler-" + version + ".pom"), pom);
    }

    private static String version(String pom, String artifact) {
        Matcher version = Pattern.compile("<artifactId>%s</artifactId>\\s*<version>(.+?)</version>".formatted(artifact))
                .matcher(pom);
        assertThat(version.find()).as(artifact).isTrue();
        return version.group(1);
    }

    private void write(Path file, String text) throws IOException {
        Path copy = directory.resolve(file);
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, text);
    }

    /** Without a network: all that is needed this build has fetched already. */
    private void build() throws Exception {
        Path settings = directory.resolve("settings.xml");
        Files.writeString(settings, """
                <settings>
                  <localRepository>%s</localRepository>
                  <mirrors>
                    <mirror><id>fetched</id><mirrorOf>*</mirrorOf><url>%s</url></mirror>
                  </mirrors>
                </settings>
                """.formatted(
                        directory.resolve("repository"),
                        Path.of(System.getProperty("localRepository")).toUri()));
        Path log = directory.resolve("mvn.log");
        var maven = new ProcessBuilder(
                        Path.of(System.getProperty("maven.home"), "bin", "mvn").toString(),
                        "--batch-mode",
                        "--settings",
                        settings.toString(),
                        "process-classes")
                .directory(directory.resolve(PROJECT).toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        maven.environment().put("JAVA_HOME", JAVA_HOME.toString());
        assertThat(maven.start().waitFor()).as(() -> read(log)).isZero();
    }

    private static Set<String> namesIn(Path libraries) throws IOException {
        try (Stream<Path> files = Files.list(libraries)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private void run() throws Exception {
        Path target = directory.resolve(PROJECT).resolve("target");
        Path log = directory.resolve("greeter.log");
        try (TestReplica replica = TestReplica.start(TestDatabase.create())) {
            var command = new ProcessBuilder(
                            JAVA_HOME.resolve(Path.of("bin", "java")).toString(),
                            "-classpath",
                            String.join(
                                    File.pathSeparator,
                                    target.resolve("classes").toString(),
                                    target.resolve("lib").toString() + "/*"),
                            "com.example.Greeter")
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.to(log.toFile()));
            command.environment().put("EVENT_HANDLER_URL", replica.uri("").toString());
            command.environment().put("SPOOL", directory.resolve("spool").toString());
            command.environment().put("MANAGEMENT_PORT", "0");
            Process greeter = command.start();
            try {
                await().until(() -> read(log).contains("greeted") || !greeter.isAlive());
                await().untilAsserted(() -> assertThat(replica.get("/events?event_name=greeter.greeted")
                                .body())
                        .contains("{\"name\": \"world\"}", "\"source\":\"greeter\""));
                greeter.toHandle().destroy();
                assertThat(greeter.waitFor()).as(() -> read(log)).isZero();
                assertThat(read(log)).contains("health and metrics are served", "stopped");
            } finally {
                greeter.destroyForcibly();
            }
        }
    }

    private static String read(Path log) {
        try {
            return Files.exists(log) ? Files.readString(log, UTF_8) : "";
        } catch (IOException e) {
            return List.of(e).toString();
        }
    }
}
