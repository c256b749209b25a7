package io.eventhandler.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What is written of the commands is what there is. */
class CommandLineDocumentTest {

    private static final List<String> OF_ALL = List.of("--help", "--version");

    @Test
    void everyCommandAndOptionIsDescribedAndNoOther() throws Exception {
        String document = Files.readString(Path.of("docs/command-line.md"));
        String readme = Files.readString(Path.of("README.md"));
        Map<String, String> options = new TreeMap<>();
        CommandLine root = RootCommand.commandLine(System.out, System.err);
        root.getSubcommands().forEach((name, command) -> {
            assertThat(document).contains("`" + name);
            assertThat(readme).contains("`" + name);
            collect(command, options);
        });
        options.keySet().forEach(option -> assertThat(document).contains(option));
        assertThat(document.replaceAll("(?s)```.*?```", "").lines())
                .allSatisfy(line -> Pattern.compile("`(--[a-z-]+)")
                        .matcher(line)
                        .results()
                        .forEach(option -> assertThat(options).containsKey(option.group(1))));
    }

    private static void collect(CommandLine command, Map<String, String> options) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            options.put(option.longestName(), command.getCommandName());
            if (!OF_ALL.contains(option.longestName())) {
                assertThat(option.description()).as(option.longestName()).isNotEmpty();
            }
        }
        command.getSubcommands().values().forEach(sub -> collect(sub, options));
    }
}
