/**
 * The language model of Bengio et al.: the vectors of the last tokens side by side, through hidden
 * layers.
 */
@NullMarked
package dev.lanewise.cli.model.mlp;

import org.jspecify.annotations.NullMarked;
