package io.eventhandler.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variables that a service is configured with: those of the process, and below them those of a {@code .env} file.
 * Immutable.
 *
 * <p>A {@code .env} file has lines of {@code NAME=value}, optionally after {@code export}; a value may stand in single
 * or double quotes; {@code #} starts a comment at the start of a line or after white space. Nothing is expanded.
 */
public final class Environment {

    private final Map<String, String> variables;

    private Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    /** The process's variables over those of {@code .env} in the working directory, if there is one. */
    public static Environment load() {
        return of(Path.of(".env"), System.getenv());
    }

    /** These variables over those of the file, if it exists. */
    public static Environment of(Path file, Map<String, String> variables) {
        Map<String, String> merged = new HashMap<>();
        try {
            if (Files.isRegularFile(file)) {
                Files.readAllLines(file).forEach(line -> parse(line, merged));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        merged.putAll(variables);
        return new Environment(merged);
    }

    /** Just these variables. */
    public static Environment of(Map<String, String> variables) {
        return new Environment(new HashMap<>(variables));
    }

    /** The variable's value without surrounding white space; null when it is not set or blank. */
    public @Nullable String get(String name) {
        String value = variables.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** The variables whose names start like this and that are not blank, without surrounding white space. */
    public Map<String, String> startingWith(String prefix) {
        Map<String, String> selected = new HashMap<>();
        for (String name : variables.keySet()) {
            String value = get(name);
            if (name.startsWith(prefix) && value != null) {
                selected.put(name, value);
            }
        }
        return selected;
    }

    private static void parse(String line, Map<String, String> into) {
        String text = line.strip();
        int equals = text.indexOf('=');
        if (text.startsWith("#") || equals < 1) {
            return;
        }
        String name = text.substring(0, equals).strip();
        into.put(name.startsWith("export ") ? name.substring(7).strip() : name, unquote(text.substring(equals + 1)));
    }

    private static String unquote(String raw) {
        String value = raw.strip();
        if (!value.isEmpty() && (value.charAt(0) == '"' || value.charAt(0) == '\'')) {
            int end = value.indexOf(value.charAt(0), 1);
            return end < 0 ? value : value.substring(1, end);
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) == '#' && (i == 0 || Character.isWhitespace(value.charAt(i - 1)))) {
                return value.substring(0, i).strip();
            }
        }
        return value;
    }
}
