package io.eventhandler.service;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variables that a service is configured with: those of the process, and below them those of a {@code .env} file.
 * Immutable.
 *
 * <p>A {@code .env} file has lines of {@code NAME=value}, optionally after {@code export}; a value may stand in single
 * quotes, as it is, or in double quotes, with escapes such as {@code \n} and {@code \"}, and then have several lines;
 * {@code #} starts a comment at the start of a line or after white space; <code>${NAME}</code> and
 * <code>${NAME:-default}</code> stand for another variable.
 */
public final class Environment {

    private final Map<String, String> variables;
    private final List<String> faults;

    private Environment(Map<String, String> variables, List<String> faults) {
        this.variables = variables;
        this.faults = List.copyOf(faults);
    }

    /** The process's variables over those of {@code .env} in the working directory, if there is one. */
    public static Environment load() {
        return of(Path.of(".env"), System.getenv());
    }

    /** These variables over those of the file, if it exists. */
    public static Environment of(Path file, Map<String, String> variables) {
        List<String> faults = new ArrayList<>();
        Map<String, String> merged = new HashMap<>();
        if (Files.exists(file)) {
            try {
                String text = Files.readString(file);
                merged.putAll(new DotEnv(text, file.toString(), variables, faults).read());
            } catch (MalformedInputException e) {
                faults.add("%s: it is not UTF-8".formatted(file));
            } catch (IOException e) {
                faults.add("%s: it can't be read: %s".formatted(file, e.getMessage()));
            }
        }
        merged.putAll(variables);
        return new Environment(merged, faults);
    }

    /** What the file holds that can't be read, each with its line. */
    List<String> faults() {
        return faults;
    }

    /** Just these variables. */
    public static Environment of(Map<String, String> variables) {
        return new Environment(new HashMap<>(variables), List.of());
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
}
