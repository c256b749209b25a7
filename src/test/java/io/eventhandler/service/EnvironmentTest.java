package io.eventhandler.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
                EMPTY_AGAIN
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            \uFEFFA=b                | b
            A=b␍␊B=c␍␊               | b
            A=b␍B=c                  | b
            A=a␍␊A = b␍␊             | b
            export  A=b              | b
            export␉A=b               | b
            ␊  A  =  b               | b
            A: b                     | b
            'A'=b                    | b
            A="b"# c                 | b
            A="x y" # c              | x y
            A='x # y'                | x # y
            A="x # y"                | x # y
            A=x#y                    | x#y
            A=#y                     | #y
            A=x y␉# z                | x y
            A="x\\ny"                | x␊y
            A="x\\ty\\\\z"           | x␉y\\z
            A="x\\"y"                | x"y
            A="x\\dy"                | x\\dy
            A="p\\$x"                | p$x
            A='x\\ny'                | x\\ny
            A='it\\'s'               | it's
            A='${B}'                 | ${B}
            A="x␊y␊z"␊B=1            | x␊y␊z
            A='x␍␊y'                 | x␊y
            B=c␊A=${B}d              | cd
            A="${B:-d e}"            | d e
            A=x${NONE}               | x
            A=${ABOVE}/x             | /home/all/x
            A=$B                     | $B
            A=x'y"z                  | x'y"z
            A=b=c                    | b=c
            #B=c␊␊ # d␊A=b           | b
            B␊export C␊A=b           | b
            """)
    void readsWhatPythonDotenvAndDockerComposeRead(String text, String value) throws IOException {
        Path file = Files.writeString(directory.resolve(".env"), written(text));
        Environment environment = Environment.of(file, Map.of("ABOVE", "/home/all"));
        assertThat(environment.faults()).isEmpty();
        assertThat(environment.get("A")).isEqualTo(written(value));
    }

    private static String written(String text) {
        return text.replace('␍', '\r').replace('␊', '\n').replace('␉', '\t');
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            A=b␊secret word          | line 2: is not NAME=value
            A=b␊=secret              | line 2: is not NAME=value
            ␊␊A="secret␊B=c          | line 3: the value's quote is not closed
            A='secret                | line 1: the value's quote is not closed
            A="b" secret             | line 1: there is something behind the closing quote or the name
            A=${B:?secret}           | line 1: of references ${NAME} and ${NAME:-default} are read; single quotes keep a ${ as it is
            """)
    void saysWhatItCanNotRead(String text, String fault) throws IOException {
        Path file = Files.writeString(directory.resolve(".env"), written(text) + "\nLAST=x\n");
        Environment environment = Environment.of(file, Map.of("PORT", "none"));
        assertThat(environment.faults()).containsExactly(file + ", " + fault);
        assertThat(environment.get("LAST")).isEqualTo("x");
        var reader = new SettingsReader(environment);
        reader.integer("PORT", 1, 1, 2, "");
        assertThatThrownBy(reader::check)
                .hasMessage(file + ", " + fault + "\nPORT: 'none' is not a whole number from 1 to 2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            A='         | x        | '
            A='         | \\'      | '
            A='         | \\\\     | '
            A='         | \\       | ``
            A='         | x        | ``
            A="         | x        | "
            A="         | \\"      | "
            A="         | \\\\     | "
            A="         | ${B}     | "
            A="         | ${B:-    | "
            A="         | x        | ``
            A=          | x        | ``
            A=          | ${B:-    | ``
            A=          | ${B      | }
            A=          | ` #`     | ``
            ``          | x        | ``
            ``          | x␊       | ``
            ``          | ` `      | x
            ``          | `␊ `     | x
            A=b         | `␉ `     | ` # c`
            export      | `␉ `     | x
            """)
    void aLongOneIsReadOrRefusedInOnePass(String start, String piece, String end) throws IOException {
        String text = start + piece.repeat((1 << 20) / piece.length()) + end;
        Path file = Files.writeString(directory.resolve(".env"), "FIRST=y\n" + written(text) + "\nLAST=x\n");
        Environment environment = Environment.of(file, Map.of());
        assertThat(environment.get("FIRST")).isEqualTo("y");
        assertThat(environment.faults().isEmpty() || environment.get("A") == null)
                .isTrue();
        assertThat(environment.get("LAST")).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0085", "\u2028", "\u2029"})
    void anotherLinesEndIsNoEndOfTheFile(String end) throws IOException {
        Path file = Files.writeString(directory.resolve(".env"), "A='b'\nB=c" + end + "\n" + end);
        Environment environment = Environment.of(file, Map.of());
        assertThat(environment.get("A")).isEqualTo("b");
        assertThat(environment.get("B")).startsWith("c");
    }

    @Test
    void aPathThatIsNoneIsAFault() {
        var reader = new SettingsReader(Environment.of(Map.of("DIRECTORY", "a\0b", "FILE", "\0")));
        assertThat(reader.path("DIRECTORY", "data", "")).isEqualTo(Path.of("data"));
        assertThat(reader.optionalPath("FILE", "none", "")).isNull();
        assertThatThrownBy(reader::check).hasMessage("DIRECTORY: 'a\0b' is not a path\nFILE: '\0' is not a path");
    }

    @Test
    void saysThatItIsNoText() throws IOException {
        Path file = Files.write(directory.resolve(".env"), new byte[] {'A', '=', (byte) 0xFF});
        assertThat(Environment.of(file, Map.of()).faults()).containsExactly(file + ": it is not UTF-8");
        assertThat(Environment.of(directory, Map.of()).faults())
                .singleElement()
                .asString()
                .startsWith(directory + ": it can't be read");
    }

    @Test
    void needsNoFile() {
        assertThat(Environment.of(directory.resolve("none"), Map.of("A", "b")).get("A"))
                .isEqualTo("b");
    }
}
