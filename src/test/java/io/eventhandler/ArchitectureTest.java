package io.eventhandler;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.eventhandler.json.MediaType;

/** The floors: imports go down, never sideways on the floor of the features. */
@AnalyzeClasses(packages = "io.eventhandler", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule importsGoDown = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("ground")
            .definedBy(
                    "io.eventhandler.event",
                    "io.eventhandler.json",
                    "io.eventhandler.lifecycle",
                    "io.eventhandler.logging",
                    "io.eventhandler.activity")
            .layer("client")
            .definedBy("io.eventhandler.client")
            .layer("service")
            .definedBy("io.eventhandler.service")
            .layer("commands")
            .definedBy("io.eventhandler.cli")
            .layer("platform")
            .definedBy(
                    "io.eventhandler.postgres",
                    "io.eventhandler.web",
                    "io.eventhandler.limits",
                    "io.eventhandler.wakeup",
                    "io.eventhandler.tracing")
            .layer("core")
            .definedBy(
                    "io.eventhandler.eventlog..",
                    "io.eventhandler.logstore",
                    "io.eventhandler.fanout",
                    "io.eventhandler.cloudevents",
                    "io.eventhandler.access")
            .layer("flow")
            .definedBy("io.eventhandler.feed", "io.eventhandler.tail")
            .layer("features")
            .definedBy(
                    "io.eventhandler.publish",
                    "io.eventhandler.history",
                    "io.eventhandler.subscribe",
                    "io.eventhandler.logs",
                    "io.eventhandler.keys")
            .layer("views")
            .definedBy("io.eventhandler.operations", "io.eventhandler.docs")
            .layer("app")
            .definedBy("io.eventhandler.app")
            .whereLayer("app")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("commands")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("views")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("features")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("flow")
            .mayOnlyBeAccessedByLayers("features", "app")
            .whereLayer("core")
            .mayOnlyBeAccessedByLayers("flow", "features", "views", "app")
            .whereLayer("platform")
            .mayOnlyBeAccessedByLayers("core", "flow", "features", "views", "app")
            .whereLayer("service")
            .mayOnlyBeAccessedByLayers("commands", "platform", "core", "flow", "features", "views", "app")
            .whereLayer("client")
            .mayOnlyBeAccessedByLayers("service", "commands", "app");

    @ArchTest
    static final ArchRule theLogsPartsHaveNoCircle =
            slices().matching("io.eventhandler.eventlog.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("io.eventhandler.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCircleOfClasses =
            slices().assignedFrom(new TopLevelClasses()).should().beFreeOfCycles();

    /** Each class with those that are within it; jOOQ's are generated. */
    private static final class TopLevelClasses implements SliceAssignment {

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            JavaClass outermost = javaClass;
            while (outermost.getEnclosingClass().isPresent()) {
                outermost = outermost.getEnclosingClass().get();
            }
            return outermost.getPackageName().startsWith("io.eventhandler")
                            && !outermost.getPackageName().contains(".jooq")
                    ? SliceIdentifier.of(outermost.getName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "every class";
        }
    }

    @ArchTest
    static final ArchRule featuresDoNotKnowEachOther = slices().matching(
                    "io.eventhandler.(publish|history|subscribe|logs|keys|operations|docs)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule wakeUpKnowsNothingOfEvents = noClasses()
            .that()
            .resideInAPackage("io.eventhandler.wakeup")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.eventhandler.event", "io.eventhandler.eventlog..", "io.eventhandler.fanout");

    @ArchTest
    static final ArchRule fanOutKnowsNothingOfPostgresOrSockets = noClasses()
            .that()
            .resideInAPackage("io.eventhandler.fanout")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.eventhandler.postgres", "java.sql..", "org.eclipse.jetty..", "io.javalin..");

    @ArchTest
    static final ArchRule encodingsKnowNothingOfTheWeb = noClasses()
            .that()
            .resideInAnyPackage("io.eventhandler.cloudevents", "io.eventhandler.event", "io.eventhandler.json")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.eventhandler.web");

    @ArchTest
    static final ArchRule commandsOfClientsKnowNothingOfTheServer = noClasses()
            .that()
            .resideInAPackage("io.eventhandler.cli")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.eventhandler.postgres..",
                    "io.eventhandler.web..",
                    "io.eventhandler.eventlog..",
                    "io.eventhandler.access..",
                    "java.sql..");

    @ArchTest
    static final ArchRule theCommandLineStaysWithTheCommands = noClasses()
            .that()
            .resideOutsideOfPackages("io.eventhandler.cli", "io.eventhandler.app")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..");

    @ArchTest
    static final ArchRule jooqStaysWithTheDatabase = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.eventhandler.postgres..",
                    "io.eventhandler.eventlog..",
                    "io.eventhandler.logstore",
                    "io.eventhandler.access")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.jooq..");

    @ArchTest
    static final ArchRule whatMeasuresNothingKnowsNoMetrics = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.eventhandler.event",
                    "io.eventhandler.lifecycle",
                    "io.eventhandler.logging",
                    "io.eventhandler.service",
                    "io.eventhandler.activity",
                    "io.eventhandler.web",
                    "io.eventhandler.json",
                    "io.eventhandler.cloudevents",
                    "io.eventhandler.fanout",
                    "io.eventhandler.feed")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer..", "io.prometheus..");

    @ArchTest
    static final ArchRule prometheusStaysWithTheOperators = noClasses()
            .that()
            .resideOutsideOfPackage("io.eventhandler.operations")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer.prometheusmetrics..", "io.prometheus..");

    @ArchTest
    static final ArchRule webServersStayOnTheirFloors = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.eventhandler.web",
                    "io.eventhandler.publish",
                    "io.eventhandler.history",
                    "io.eventhandler.subscribe",
                    "io.eventhandler.logs",
                    "io.eventhandler.keys",
                    "io.eventhandler.operations",
                    "io.eventhandler.docs")
            .and()
            .doNotBelongToAnyOf(MediaType.class) // Jetty reads the text of a header, no server
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..");

    @ArchTest
    static final ArchRule clientsNeedNoLibraryOfTheServer = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.eventhandler.event",
                    "io.eventhandler.json",
                    "io.eventhandler.lifecycle",
                    "io.eventhandler.logging",
                    "io.eventhandler.activity",
                    "io.eventhandler.client",
                    "io.eventhandler.service")
            .and()
            .doNotBelongToAnyOf(MediaType.class)
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                    "java..",
                    "javax..",
                    "sun.misc",
                    "com.sun..",
                    "jdk..",
                    "io.eventhandler..",
                    "tools.jackson..",
                    "com.fasterxml.jackson.annotation",
                    "org.slf4j..",
                    "ch.qos.logback..",
                    "org.jspecify.annotations")
            .orShould()
            .dependOnClassesThat(belongToAnyOf(MediaType.class));
}
