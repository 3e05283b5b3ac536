/* The page of the API: Swagger UI over our own schema. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    docExpansion: "none",
    tagsSorter: "alpha",
    defaultModelsExpandDepth: -1,
    deepLinking: false,
    validatorUrl: null,
    supportedSubmitMethods: ["get"],
  });
});
