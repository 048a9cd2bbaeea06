/**
 * Models as files: parameters by name, what fixes their shapes as metadata. The table of the kinds
 * there are.
 */
@NullMarked
package dev.lanewise.cli.model.file;

import org.jspecify.annotations.NullMarked;
