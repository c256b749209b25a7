package io.eventhandler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.module.ModuleFinder;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Dockerfile keeps to what the build, the README and the libraries say. */
class ImageTest {

    /** Of these modules only classes are used that the service never loads. */
    private static final Set<String> NOT_NEEDED = Set.of("java.desktop");

    private static final Path CLASSES = Path.of("target", "classes");
    private static final Path LIBRARIES = Path.of("target", "lib");

    @Test
    void theImageRunsTheJarDirectlyWithTheOptionsOfEveryOtherStart() throws IOException {
        List<String> entryPoint = new ArrayList<>();
        for (JsonNode part : new JsonMapper().readTree(inDockerfile("\nENTRYPOINT (\\[.*])"))) {
            entryPoint.add(part.asString());
        }
        assertThat(entryPoint)
                .startsWith("/opt/jre/bin/java")
                .endsWith("-XX:AOTCache=/app/event-handler.aot", "-jar", "/app/event-handler.jar");

        List<String> options = entryPoint.stream()
                .filter(part -> part.startsWith("-X"))
                .filter(part -> !part.startsWith("-XX:AOTCache=") && !part.startsWith("-XX:MaxRAMPercentage="))
                .toList();
        // The image leaves the collector to the JVM, which knows how much memory its container has.
        String joined = String.join(" ", options).replace("-Xms64m", "-Xms64m -XX:+UseSerialGC");
        assertThat(Files.readString(Path.of("docs/operations.md")))
                .contains("java " + joined + " -XX:AOTCache=target/");
        String argument = "</argument>\\s*<argument>";
        assertThat(Files.readString(Path.of("pom.xml")).replaceAll(argument, " "))
                .contains("<argument>" + joined + " -classpath</argument>");
    }

    @Test
    void theImageIsLabelledWithTheVersionOfTheBuild() throws IOException {
        Matcher version = Pattern.compile("<artifactId>event-handler</artifactId>\\s*<version>(.+?)</version>")
                .matcher(Files.readString(Path.of("pom.xml")));
        assertThat(version.find()).isTrue();
        assertThat(inDockerfile("org.opencontainers.image.version=\"(.+?)\"")).isEqualTo(version.group(1));
    }

    /** One that is missing would show when the class that wants it is loaded, in the image alone. */
    @Test
    void theImageHasEveryModuleThatTheServiceAndItsLibrariesNeed() throws IOException {
        Map<String, String> modules = new HashMap<>();
        ModuleFinder.ofSystem()
                .findAll()
                .forEach(module -> module.descriptor()
                        .packages()
                        .forEach(name -> modules.put(
                                name.replace('.', '/'), module.descriptor().name())));
        Set<String> needed = new TreeSet<>();
        forEachClass(content -> {
            for (PoolEntry entry : ClassFile.of().parse(content).constantPool()) {
                if (entry instanceof ClassEntry type) {
                    String name = type.asInternalName().replaceFirst("^\\[+L", "");
                    String module = modules.get(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
                    if (module != null) {
                        needed.add(module);
                    }
                }
            }
        });
        String listed = inDockerfile("--add-modules (\\S+)");
        Set<String> present = new TreeSet<>(Set.of(listed.split(",", -1)));
        present.add("java.base");
        present.addAll(NOT_NEEDED);
        assertThat(needed).contains("java.base", "java.sql", "jdk.unsupported");
        assertThat(present).containsAll(needed);
    }

    /** What the group of this pattern matches, continued lines joined. */
    private static String inDockerfile(String pattern) throws IOException {
        return Pattern.compile(pattern)
                .matcher(Files.readString(Path.of("Dockerfile")).replace("\\\n", ""))
                .results()
                .map((MatchResult found) -> found.group(1))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the Dockerfile has no " + pattern));
    }

    private static void forEachClass(Consumer<byte[]> visitor) throws IOException {
        Files.walkFileTree(CLASSES, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (file.toString().endsWith(".class")) {
                    visitor.accept(Files.readAllBytes(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        try (var libraries = Files.newDirectoryStream(LIBRARIES, "*.jar")) {
            for (Path library : libraries) {
                try (var jar = new JarFile(library.toFile())) {
                    for (JarEntry entry : jar.stream()
                            .filter(e -> e.getName().endsWith(".class"))
                            .toList()) {
                        try (var content = jar.getInputStream(entry)) {
                            visitor.accept(content.readAllBytes());
                        }
                    }
                }
            }
        }
    }
}
