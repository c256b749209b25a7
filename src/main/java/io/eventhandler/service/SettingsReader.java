package io.eventhandler.service;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed settings from an {@link Environment} and collects every fault, so that all are reported at once. A faulty
 * setting reads as its default; ask {@link #check} before using what was read. Not thread-safe.
 *
 * <p>Durations are written {@code 250ms}, {@code 5s}, {@code 10m}, {@code 24h}, {@code 30d}; sizes {@code 4096},
 * {@code 64KiB}, {@code 4MiB}, {@code 1GiB}.
 */
public final class SettingsReader {

    private static final Pattern NUMBER_WITH_UNIT = Pattern.compile("(\\d{1,12})\\s*([a-zA-Z]*)");

    private final Environment environment;
    private final List<String> faults;
    private final List<Described> described = new ArrayList<>();

    private record Described(String name, String defaultValue, String description) {}

    public SettingsReader(Environment environment) {
        this.environment = environment;
        this.faults = new ArrayList<>(environment.faults());
    }

    /** Any text. */
    public String text(String name, String defaultValue, String description) {
        return read(name, defaultValue, description, value -> value);
    }

    /** Text that may be missing; {@code parse} throws {@link IllegalArgumentException} with what is accepted. */
    public <T> @Nullable T optional(
            String name, String shownDefault, String description, Function<String, @Nullable T> parse) {
        described.add(new Described(name, shownDefault, description));
        String value = environment.get(name);
        if (value == null) {
            return null;
        }
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException e) {
            faults.add(name + ": " + e.getMessage());
            return null;
        }
    }

    /** What has no default; {@code parse} as in {@link #optional}. Null when it is not set or faulty, which is reported. */
    public <T> @Nullable T required(String name, String description, Function<String, @Nullable T> parse) {
        if (environment.get(name) == null) {
            faults.add("%s: it is not set: give %s".formatted(name, description));
        }
        return optional(name, "none, it must be set", description, parse);
    }

    /** A whole number within bounds, both included. */
    public int integer(String name, int defaultValue, int min, int max, String description) {
        return read(name, String.valueOf(defaultValue), description, value -> {
            String accepted = "a whole number from %d to %d".formatted(min, max);
            try {
                return (int) within(Integer.parseInt(value), min, max, accepted);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(accepted, e);
            }
        });
    }

    /** A duration within bounds, both included. */
    public Duration duration(String name, String defaultValue, String min, String max, String description) {
        return read(name, defaultValue, description, value -> durationWithin(value, min, max));
    }

    /** A duration within bounds, both included, that may be missing. */
    public @Nullable Duration optionalDuration(
            String name, String shownDefault, String min, String max, String description) {
        return readOptional(name, shownDefault, description, value -> durationWithin(value, min, max));
    }

    /** A whole number within bounds, both included, that may be missing. */
    public @Nullable Long optionalNumber(String name, String shownDefault, long min, long max, String description) {
        return readOptional(name, shownDefault, description, value -> {
            String accepted = "a whole number from %d to %d".formatted(min, max);
            try {
                return within(Long.parseLong(value), min, max, accepted);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(accepted, e);
            }
        });
    }

    /** True or false, or missing. */
    public @Nullable Boolean optionalFlag(String name, String shownDefault, String description) {
        return readOptional(name, shownDefault, description, value -> switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("true or false");
        });
    }

    /** A size in bytes within bounds, both included. */
    public int size(String name, String defaultValue, String min, String max, String description) {
        return read(name, defaultValue, description, value -> sizeWithin(value, min, max));
    }

    /** A size in bytes within bounds, both included, that may be missing. */
    public @Nullable Integer optionalSize(
            String name, String shownDefault, String min, String max, String description) {
        return readOptional(name, shownDefault, description, value -> sizeWithin(value, min, max));
    }

    /** A size in bytes within bounds, both included, that may be missing and may be more than memory holds. */
    public @Nullable Long optionalLargeSize(
            String name, String shownDefault, String min, String max, String description) {
        return readOptional(name, shownDefault, description, value -> largeSizeWithin(value, min, max));
    }

    /** The path of a file or a directory. */
    public Path path(String name, String defaultValue, String description) {
        return read(name, defaultValue, description, value -> path(value, "a path"));
    }

    /** The path of a file or a directory that may be missing. */
    public @Nullable Path optionalPath(String name, String shownDefault, String description) {
        return readOptional(name, shownDefault, description, value -> path(value, "a path"));
    }

    /**
     * This text as a path.
     *
     * @throws IllegalArgumentException with what is accepted
     */
    public static Path path(String value, String accepted) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(accepted, e);
        }
    }

    /** One of an enum's constants, in lower case. */
    public <E extends Enum<E>> E choice(String name, E defaultValue, String shownDefault, String description) {
        E[] constants = defaultValue.getDeclaringClass().getEnumConstants();
        List<String> names = Arrays.stream(constants).map(SettingsReader::lower).toList();
        described.add(new Described(name, shownDefault, description + " (" + String.join(", ", names) + ")"));
        String value = environment.get(name);
        if (value == null) {
            return defaultValue;
        }
        int index = names.indexOf(value.toLowerCase(Locale.ROOT));
        if (index < 0) {
            fault(name, value, "one of " + String.join(", ", names));
            return defaultValue;
        }
        return constants[index];
    }

    /** The variables that start like this, which somebody else reads and checks. */
    public Map<String, String> startingWith(String prefix) {
        return environment.startingWith(prefix);
    }

    /** Settings that are valid alone contradict each other; the reason says what they must be. */
    public void contradiction(String name, String reason) {
        faults.add(name + ": " + reason);
    }

    /** A duration as a setting gives it, such as {@code 5s}. */
    public static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1_000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1_000;
        return seconds % 3_600 == 0 && seconds > 0
                ? seconds / 3_600 + "h"
                : seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
    }

    /** Throws when anything that was read is faulty, naming each variable, its value and what is accepted. */
    public void check() throws InvalidSettingsException {
        if (!faults.isEmpty()) {
            throw new InvalidSettingsException(faults);
        }
    }

    /** Every setting that was read, with its default and description, a line each. */
    public String help() {
        var text = new StringBuilder();
        for (Described setting : described) {
            text.append("  %-26s %s%n".formatted(setting.name, setting.description));
            text.append("  %-26s   default: %s%n".formatted("", setting.defaultValue));
        }
        return text.toString();
    }

    private <T> T read(String name, String defaultValue, String description, Function<String, T> parse) {
        T value = readOptional(name, defaultValue, description, parse);
        return value == null ? parse.apply(defaultValue) : value;
    }

    private <T> @Nullable T readOptional(
            String name, String shownDefault, String description, Function<String, T> parse) {
        described.add(new Described(name, shownDefault, description));
        String value = environment.get(name);
        if (value != null) {
            try {
                return parse.apply(value);
            } catch (IllegalArgumentException e) {
                fault(name, value, String.valueOf(e.getMessage()));
            }
        }
        return null;
    }

    private void fault(String name, String value, String accepted) {
        faults.add("%s: '%s' is not %s".formatted(name, value, accepted));
    }

    private static long within(long value, long min, long max, String accepted) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(accepted);
        }
        return value;
    }

    private static int sizeWithin(String value, String min, String max) {
        return (int) largeSizeWithin(value, min, max);
    }

    private static long largeSizeWithin(String value, String min, String max) {
        String accepted = "a size from %s to %s, such as 4096, 64KiB or 4MiB".formatted(min, max);
        return within(parseSize(value, accepted), parseSize(min, accepted), parseSize(max, accepted), accepted);
    }

    private static Duration durationWithin(String value, String min, String max) {
        String accepted = "a duration from %s to %s, such as 250ms, 5s, 10m, 24h or 30d".formatted(min, max);
        Duration duration = parseDuration(value, accepted);
        within(duration.toMillis(), millis(min), millis(max), accepted);
        return duration;
    }

    private static Duration parseDuration(String value, String accepted) {
        Matcher matcher = match(value, accepted);
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(Math.min(number, 1_000_000));
            default -> throw new IllegalArgumentException(accepted);
        };
    }

    private static long millis(String duration) {
        return parseDuration(duration, duration).toMillis();
    }

    private static long parseSize(String value, String accepted) {
        Matcher matcher = match(value, accepted);
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "", "B" -> number;
            case "KiB" -> number << 10;
            case "MiB" -> number << 20;
            case "GiB" -> Math.min(number, 1 << 20) << 30;
            default -> throw new IllegalArgumentException(accepted);
        };
    }

    private static Matcher match(String value, String accepted) {
        Matcher matcher = NUMBER_WITH_UNIT.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(accepted);
        }
        return matcher;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
