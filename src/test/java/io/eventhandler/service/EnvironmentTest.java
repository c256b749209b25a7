package io.eventhandler.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {

    @TempDir
    Path directory;

    @Test
    void readsADotEnvFileBelowTheEnvironment() throws IOException {
        Path file = directory.resolve(".env");
        Files.writeString(file, """
                # a comment
                PLAIN=value
                export EXPORTED = spaced out   # a comment
                DOUBLE="a # b" # c
                SINGLE='x=y'
                HASH=a#b
                URL=postgresql://u:p%40@h/d?sslmode=require
                EMPTY=
                OVERRIDDEN=file
                not a variable
                """);
        Environment environment = Environment.of(file, Map.of("OVERRIDDEN", "environment"));
        assertThat(environment.get("PLAIN")).isEqualTo("value");
        assertThat(environment.get("EXPORTED")).isEqualTo("spaced out");
        assertThat(environment.get("DOUBLE")).isEqualTo("a # b");
        assertThat(environment.get("SINGLE")).isEqualTo("x=y");
        assertThat(environment.get("HASH")).isEqualTo("a#b");
        assertThat(environment.get("URL")).isEqualTo("postgresql://u:p%40@h/d?sslmode=require");
        assertThat(environment.get("EMPTY")).isNull();
        assertThat(environment.get("OVERRIDDEN")).isEqualTo("environment");
        assertThat(environment.get("MISSING")).isNull();
    }

    @Test
    void needsNoFile() {
        assertThat(Environment.of(directory.resolve("none"), Map.of("A", "b")).get("A"))
                .isEqualTo("b");
    }
}
