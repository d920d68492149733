package javax.annotation;

/** What the generator writes on each class. It left the JDK with Java 11. */
public @interface Generated {
    String[] value();

    String date() default "";

    String comments() default "";
}
