package io.eventhandler.service;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of a {@code .env} file as python-dotenv and docker compose do. What it can't read becomes a fault with its
 * line, and shows nothing of a value. For one thread.
 */
final class DotEnv {

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Pattern BLANK = Pattern.compile("\\s*(#[^\\n]*+)?(\\n|\\z)");
    private static final Pattern NAME = Pattern.compile(
            "[ \\t]*+(?:export[ \\t]++)?(['\"]?)([^\\s=:#'\"]++)\\1[ \\t]*+(=|:(?=[ \\t])|(?=[#\\n]|\\z))");
    private static final Pattern SINGLE_QUOTED = Pattern.compile("[ \\t]*+'((?:[^'\\\\]++|\\\\[\\\\']?+)*+)'");
    private static final Pattern DOUBLE_QUOTED =
            Pattern.compile("[ \\t]*+\"((?:[^\"\\\\]++|\\\\.)*+)\"", Pattern.DOTALL);
    private static final Pattern UNQUOTED = Pattern.compile("[^\\n]*+");
    private static final Pattern COMMENT = Pattern.compile("\\s#.*+", Pattern.DOTALL);
    private static final Pattern END = Pattern.compile("[ \\t]*+(?:#[^\\n]*+)?(?:\\n|\\z)");
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(\\w++)(?::?-([^}]*+))?}");

    private final String text;
    private final Map<String, String> environment;
    private final String file;
    private final List<String> faults;
    private final Map<String, String> variables = new HashMap<>();
    private int position;
    private int countedTo;
    private long lines = 1; // up to there

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
            return expanded(quoted.group(1), true);
        }
        int start = position;
        next(UNQUOTED);
        String value = COMMENT.matcher(text.substring(start, position))
                .replaceFirst("")
                .strip();
        if (value.startsWith("'") || value.startsWith("\"")) {
            throw new IllegalArgumentException("the value's quote is not closed");
        }
        return expanded(value, false);
    }

    /** With what its references stand for, and its escapes if it has them. */
    private String expanded(String raw, boolean hasEscapes) {
        var expanded = new StringBuilder(raw.length());
        int i = 0;
        while (i < raw.length()) {
            if (hasEscapes && raw.charAt(i) == '\\') {
                expanded.append(unescaped(raw.charAt(i + 1)));
                i += 2;
            } else if (raw.startsWith("${", i)) {
                int end = raw.indexOf('}', i) + 1;
                Matcher reference = REFERENCE.matcher(raw.substring(i, Math.max(i, end)));
                if (!reference.matches()) {
                    throw new IllegalArgumentException(
                            "of references ${NAME} and ${NAME:-default} are read; single quotes keep a ${ as it is");
                }
                expanded.append(referred(reference.group(1), reference.group(2)));
                i = end;
            } else {
                expanded.append(raw.charAt(i++));
            }
        }
        return expanded.toString();
    }

    private String referred(String name, @Nullable String defaultValue) {
        String value = environment.getOrDefault(name, variables.getOrDefault(name, ""));
        return value.isEmpty() && defaultValue != null ? defaultValue : value;
    }

    private static String unescaped(char escaped) {
        return switch (escaped) {
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case 'f' -> "\f";
            case 'b' -> "\b";
            case '\\', '"', '\'', '$' -> String.valueOf(escaped);
            default -> "\\" + escaped;
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
        lines += text.substring(countedTo, start).chars().filter(c -> c == '\n').count();
        countedTo = start;
        faults.add("%s, line %d: %s".formatted(file, lines, what));
    }
}
