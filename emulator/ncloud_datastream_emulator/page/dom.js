// Creates elements. Text is inserted as text, never as markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const { dataset, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, dataset);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const definition = (name, value, className = "") => [
  make("dt", {}, name),
  make("dd", { className }, value),
];

export const more = (title, ...children) =>
  make("details", { className: "more" }, make("summary", {}, title), ...children);
