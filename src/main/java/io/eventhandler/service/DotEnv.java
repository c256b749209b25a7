package io.eventhandler.service;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of a {@code .env} file as python-dotenv and docker compose do. What it can't read becomes a fault with its
 * line, and shows nothing of a value. For one thread.
 */
final class DotEnv {

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Pattern BLANK = Pattern.compile("\\s*(#[^\\n]*)?(\\n|$)");
    private static final Pattern NAME =
            Pattern.compile("[ \\t]*(?:export[ \\t]+)?(['\"]?)([^\\s=:#'\"]+)\\1[ \\t]*(=|:(?=[ \\t])|(?=[#\\n]|$))");
    private static final Pattern SINGLE_QUOTED = Pattern.compile("[ \\t]*'((?:\\\\[\\\\']|[^'])*)'");
    private static final Pattern DOUBLE_QUOTED = Pattern.compile("[ \\t]*\"((?:\\\\.|[^\"\\\\])*)\"", Pattern.DOTALL);
    private static final Pattern UNQUOTED = Pattern.compile("[^\\n]*");
    private static final Pattern END = Pattern.compile("[ \\t]*(?:#[^\\n]*)?(?:\\n|$)");
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(\\w+)(?::?-([^}]*))?}");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)|" + REFERENCE, Pattern.DOTALL);

    private final String text;
    private final Map<String, String> environment;
    private final String file;
    private final List<String> faults;
    private final Map<String, String> variables = new HashMap<>();
    private int position;

    /**
     * @param file its name, for faults
     * @param environment what {@code ${NAME}} stands for, before the file's own variables
     * @param faults gets what can't be read
     */
    DotEnv(String text, String file, Map<String, String> environment, List<String> faults) {
        this.text = (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).replaceAll("\\r\\n?", "\n");
        this.file = file;
        this.environment = environment;
        this.faults = faults;
    }

    /** The file's variables. */
    Map<String, String> read() {
        while (position < text.length()) {
            int start = position;
            if (next(BLANK) == null) {
                try {
                    readVariable();
                } catch (IllegalArgumentException e) {
                    fault(start, String.valueOf(e.getMessage()));
                    int end = text.indexOf('\n', position);
                    position = end < 0 ? text.length() : end + 1;
                }
            }
        }
        return variables;
    }

    private void readVariable() {
        Matcher name = next(NAME);
        if (name == null) {
            throw new IllegalArgumentException("is not NAME=value");
        }
        if (name.group(3).isEmpty()) { // a name alone stands for the environment's
            endLine();
            return;
        }
        String value = value();
        endLine();
        variables.put(name.group(2), value);
    }

    private String value() {
        Matcher quoted = next(SINGLE_QUOTED);
        if (quoted != null) {
            return quoted.group(1).replaceAll("\\\\([\\\\'])", "$1");
        }
        quoted = next(DOUBLE_QUOTED);
        if (quoted != null) {
            return ESCAPE.matcher(checked(quoted.group(1)))
                    .replaceAll(found -> Matcher.quoteReplacement(
                            found.group(1) == null ? referred(found.group(2), found.group(3)) : unescaped(found)));
        }
        int start = position;
        next(UNQUOTED);
        String value =
                text.substring(start, position).replaceFirst("\\s#.*", "").strip();
        if (value.startsWith("'") || value.startsWith("\"")) {
            throw new IllegalArgumentException("the value's quote is not closed");
        }
        return REFERENCE
                .matcher(checked(value))
                .replaceAll(found -> Matcher.quoteReplacement(referred(found.group(1), found.group(2))));
    }

    private static String checked(String value) {
        if (ESCAPE.matcher(value).replaceAll("").contains("${")) {
            throw new IllegalArgumentException(
                    "of references ${NAME} and ${NAME:-default} are read; single quotes keep a ${ as it is");
        }
        return value;
    }

    private String referred(String name, @Nullable String defaultValue) {
        String value = environment.getOrDefault(name, variables.getOrDefault(name, ""));
        return value.isEmpty() && defaultValue != null ? defaultValue : value;
    }

    private static String unescaped(MatchResult escape) {
        char c = escape.group(1).charAt(0);
        return switch (c) {
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case 'f' -> "\f";
            case 'b' -> "\b";
            case '\\', '"', '\'', '$' -> escape.group(1);
            default -> escape.group();
        };
    }

    private void endLine() {
        if (next(END) == null) {
            throw new IllegalArgumentException("there is something behind the closing quote or the name");
        }
    }

    /** What is at the position, which moves behind it; null when it is something else. */
    private @Nullable Matcher next(Pattern pattern) {
        Matcher matcher = pattern.matcher(text).region(position, text.length());
        if (!matcher.lookingAt()) {
            return null;
        }
        position = matcher.end();
        return matcher;
    }

    private void fault(int start, String what) {
        long line = text.substring(0, start).chars().filter(c -> c == '\n').count() + 1;
        faults.add("%s, line %d: %s".formatted(file, line, what));
    }
}
