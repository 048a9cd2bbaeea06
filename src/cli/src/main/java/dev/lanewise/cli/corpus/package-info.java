/** Text to learn from, its split, and the baselines that a model of it has to beat. */
@NullMarked
package dev.lanewise.cli.corpus;

import org.jspecify.annotations.NullMarked;
