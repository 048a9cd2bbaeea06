/** Tests of training on images. */
@NullMarked
package dev.lanewise.cli.images;

import org.jspecify.annotations.NullMarked;
